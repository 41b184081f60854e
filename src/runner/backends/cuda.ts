import { BackendUnavailable } from "./rung";
import type { Rung } from "./rung";
import { loadTfjsNode } from "./tfjsNode";

const PACKAGE = "@tensorflow/tfjs-node-gpu";

/** TensorFlow's native library on an NVIDIA GPU. */
export const cuda: Rung = {
  async open(folders) {
    const { version, isUsingGpu } = await loadTfjsNode(PACKAGE, folders);
    if (!isUsingGpu) {
      throw new BackendUnavailable(
        `${PACKAGE} loads, but TensorFlow sees no GPU`,
        'Check that "nvidia-smi" lists the GPU and that the CUDA and cuDNN libraries it names in output.log are installed.',
      );
    }
    return { device: "NVIDIA GPU, CUDA", version };
  },
};
