import { availableParallelism } from "node:os";
import process from "node:process";
import { processorName } from "./processor";
import type { Rung } from "./rung";
import { findTfjsNode, loadTfjsNode } from "./tfjsNode";

/** TensorFlow's native library on the processor. */
export const native: Rung = {
  async open(options) {
    const source = await findTfjsNode({ name: "@tensorflow/tfjs-node" }, options);
    // TensorFlow takes a GPU where it finds one: this backend is the processor.
    process.env["CUDA_VISIBLE_DEVICES"] = "-1";
    const { version, python } = await loadTfjsNode(source);
    const device = `${processorName()}, ${availableParallelism()} threads`;
    return { device: python ? `${device}, TensorFlow of ${python}` : device, version };
  },
};
