import { nvidiaReport } from "./nvidia";
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
        'Check that "nvidia-smi" lists a card. "trainlens doctor" shows which CUDA and cuDNN are found, and which are wanted.',
      );
    }
    const card = (await nvidiaReport()).gpus.at(0);
    return {
      device: card ? `${card.name}, CUDA` : "NVIDIA GPU, CUDA",
      version,
      ...(card ? { driver: card.driver } : {}),
    };
  },
};
