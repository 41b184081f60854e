import "@tensorflow/tfjs-backend-cpu";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { installByExample } from "./cpu/byExample";
import { processorName } from "./processor";
import { BackendUnavailable } from "./rung";
import type { Rung } from "./rung";

/**
 * Kernels of tfjs 4.22 that give numbers for the first example of a batch only: the gradient of upsampling steps through
 * dy by the stride of the smaller input, and the transform of pictures returns after the first one.
 */
const WRONG_IN_BATCHES = [tf.ResizeNearestNeighborGrad, tf.Transform];

/** Plain JavaScript: slow, complete, and the one that the others are checked against. */
export const cpu: Rung = {
  async open() {
    quietCpuBackend();
    for (const name of WRONG_IN_BATCHES) installByExample(name);
    if (!(await tf.setBackend("cpu"))) {
      throw new BackendUnavailable("tfjs's cpu backend does not start", "Install TrainLens again.");
    }
    return { device: `${processorName()}, JavaScript, 1 thread`, version: tf.version_core };
  },
};

/**
 * tfjs's cpu backend, without the advice to install tfjs-node that it prints at its first use: the run's backend event
 * says that better.
 */
export function quietCpuBackend(): MathBackendCPU {
  const backend: unknown = tf.findBackend("cpu");
  Object.assign(backend as object, { firstUse: false });
  return backend as MathBackendCPU;
}
