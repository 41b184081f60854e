import { availableParallelism } from "node:os";
import { processorName } from "./processor";
import type { Rung } from "./rung";
import { loadTfjsNode } from "./tfjsNode";

/** TensorFlow's native library on the processor. */
export const native: Rung = {
  async open(folders) {
    const { version } = await loadTfjsNode("@tensorflow/tfjs-node", folders);
    return { device: `${processorName()}, ${availableParallelism()} threads`, version };
  },
};
