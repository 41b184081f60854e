/** Data that cannot be used as it is. The message names the file and the place in it, `advice` says what to write. */
export class DataError extends Error {
  override readonly name: string = "DataError";
  constructor(
    message: string,
    readonly advice?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
