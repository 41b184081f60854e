import { UserError } from "../../errors";

/** Errors of a GPU, in words: the backend itself lies in a bundle of its own and knows none of the runner's. */
export interface Failures {
  /** A command that the device could not carry out. */
  refused(error: GPUError): Error;
  /** The device is gone. */
  lost(reason: string | undefined, message: string): Error;
  /** Values that are on the GPU only were asked for without waiting. */
  readSync(): Error;
}

/** How Dawn says that one array is larger than the device allows. */
const TOO_LARGE = /exceeds the max(imum)? buffer size|larger than the max(imum)? .*buffer binding size/i;

export const failures: Failures = {
  refused(error) {
    const outOfMemory = error.constructor.name === "GPUOutOfMemoryError" || TOO_LARGE.test(error.message);
    return new UserError(
      `${outOfMemory ? "The GPU has not enough memory" : "The GPU refused a command"}: ${firstLine(error.message)}`,
      "Make the batch size or the model smaller, or use another --backend.",
    );
  },
  lost(reason, message) {
    const why = [reason === "unknown" ? "" : reason, firstLine(message)].filter(Boolean).join(": ");
    return new UserError(
      `The GPU was lost${why ? ` (${why})` : ""}.`,
      "Resume the run: it goes on from its last checkpoint; where it has none yet, train it again. If the GPU is lost again, update its driver or make the batch size smaller.",
    );
  },
  readSync: () =>
    new UserError(
      "A tensor was read by dataSync or arraySync, which the backend webgpu does not have.",
      "Write `await tensor.data()` or `await tensor.array()` instead, or use another --backend.",
    ),
};

function firstLine(message: string): string {
  return message.split("\n")[0].trim();
}
