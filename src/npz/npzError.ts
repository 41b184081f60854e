/** A file that cannot be read; the message says why and, where we know, what to do. */
export class NpzError extends Error {
  override readonly name = "NpzError";
}
