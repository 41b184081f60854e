import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../errors";

/** How tfjs says that a backend lacks an operation. */
const MISSING = /[Kk]ernel '(\w+)'.*backend '(\w+)'/;

/**
 * tfjs's complaint about a missing operation as an error that says what to do; any other error as it is.
 */
export function explainMissingKernel(error: unknown): unknown {
  const [, kernel, backend] = (error instanceof Error && MISSING.exec(error.message)) || [];
  if (!kernel || !backend) return error;
  const onCpu = backend !== "cpu" && tf.getKernel(kernel, "cpu") !== undefined;
  return new UserError(
    `The model needs the operation ${kernel}, which the backend "${backend}" does not have.`,
    onCpu
      ? "Run it again with --backend cpu, which has it."
      : "Replace the layer that needs it: no backend that works everywhere has this operation.",
    { cause: error },
  );
}
