/** Expected failures of the command line, told apart from bugs: they end with a message and no stack. */

/** Something the user can act on. The message says what is wrong, `advice` what to do next. */
export class UserError extends Error {
  override readonly name: string = "UserError";
  constructor(
    message: string,
    readonly advice?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The command was typed wrongly: exit code 2. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}

/** The user asked for a stop and the work has stopped in good order: exit code 130. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
}

export const EXIT_CODES = { done: 0, failed: 1, usage: 2, stopped: 130 } as const;
