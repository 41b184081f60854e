/** A model file that cannot be read. The message says why and names the layer, `advice` says what to do. */
export class KerasFileError extends Error {
  override readonly name = "KerasFileError";
  constructor(
    message: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const SAVE_AGAIN = 'Save it again in Keras: model.save("model.keras").';

/** The file itself is at fault. */
export function unreadable(why: string, cause?: unknown): KerasFileError {
  return new KerasFileError(why, SAVE_AGAIN, { cause });
}

/** A layer that is known, in a form that TensorFlow.js does not compute. */
export function unsupported(
  { className, name }: { className: string; name: string },
  what: string,
  advice: string,
): KerasFileError {
  return new KerasFileError(
    `the layer "${name}" (${className}) has ${what}, which TensorFlow.js does not compute`,
    `${advice}, and train and save the model again.`,
  );
}
