import { nvidiaCard } from "./nvidia";
import { BackendUnavailable } from "./rung";
import type { BackendOptions, OpenDevice, Rung } from "./rung";
import { loadTfjsNode } from "./tfjsNode";

const PACKAGE = "@tensorflow/tfjs-node-gpu";

/** TensorFlow's native library on an NVIDIA GPU. */
export const cuda: Rung = {
  async open(options: BackendOptions): Promise<OpenDevice> {
    const { version, isUsingGpu, python } = await loadTfjsNode(PACKAGE, options);
    if (!isUsingGpu) {
      throw new BackendUnavailable(
        `${python ? `TensorFlow of ${python}` : PACKAGE} loads, but sees no GPU`,
        'Run "trainlens doctor": it says which driver and which CUDA and cuDNN libraries are found, and which are wanted.',
      );
    }
    const card = await nvidiaCard();
    return {
      device: card ? `${card.name}, CUDA` : "NVIDIA GPU, CUDA",
      version,
      ...(card ? { driver: card.driver } : {}),
    };
  },
};
