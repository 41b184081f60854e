import { availableParallelism } from "node:os";
import process from "node:process";
import { processorName } from "./processor";
import type { Rung } from "./rung";
import { loadTfjsNode } from "./tfjsNode";

/** TensorFlow's native library on the processor. */
export const native: Rung = {
  async open(options) {
    // TensorFlow takes a GPU where it finds one: asked for by name, this backend is the processor.
    if (options.forced) process.env["CUDA_VISIBLE_DEVICES"] = "-1";
    const { version, python } = await loadTfjsNode("@tensorflow/tfjs-node", options);
    const device = `${processorName()}, ${availableParallelism()} threads`;
    return { device: python ? `${device}, TensorFlow of ${python}` : device, version };
  },
};
