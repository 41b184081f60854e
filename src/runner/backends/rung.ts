/** What every backend of the ladder is to the ladder. */

export interface Rung {
  /**
   * Makes this backend tfjs's current one.
   *
   * @throws BackendUnavailable where that cannot be on this machine.
   */
  open(folders: SearchFolders): Promise<{ device: string; version: string }>;
}

/** Where a user's packages may be installed. */
export interface SearchFolders {
  /** Default: the working directory. */
  workspace?: string;
  /** The folder of the recipe. */
  recipe?: string;
}

/** An expected reason not to use a backend: a phrase without a full stop, and what a user can do about it. */
export class BackendUnavailable extends Error {
  override readonly name = "BackendUnavailable";
  constructor(
    message: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
