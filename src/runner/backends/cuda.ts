import process from "node:process";
import type { Nvidia } from "../../protocol/doctorReport";
import {
  type CudaBuild,
  type CudaMachine,
  missingForBuild,
  missingOnMachine,
  thisMachine,
  wheelFolders,
} from "./cudaNeeds";
import { nvidiaReport } from "./nvidia";
import { BackendUnavailable } from "./rung";
import type { BackendOptions, OpenDevice, Rung } from "./rung";
import { type TfjsNodeSource, findTfjsNode, loadTfjsNode } from "./tfjsNode";

const PACKAGE = "@tensorflow/tfjs-node-gpu";

/** The TensorFlow that tfjs-node-gpu 4.22 downloads, and what it was built with. */
export const NODE_GPU_BUILD = { tensorflow: "2.9.1", cuda: "11.2", cudnn: "8.1" };

/** TensorFlow's native library on an NVIDIA GPU. */
export const cuda: Rung = cudaOn(thisMachine);

/** @param machine a test's own. */
export function cudaOn(machine: CudaMachine): Rung {
  return {
    async open(options: BackendOptions): Promise<OpenDevice> {
      const missing = missingOnMachine(machine);
      if (missing) throw missing;
      const lacking = (source: TfjsNodeSource): BackendUnavailable | undefined =>
        missingForBuild(buildOf(source), machine);
      const advice = missingForBuild(NODE_GPU, machine)?.advice;
      const source = await findTfjsNode({ name: PACKAGE, lacking, ...(advice ? { advice } : {}) }, options);
      // As nvidia-smi counts them; otherwise the fastest card is the first.
      process.env["CUDA_DEVICE_ORDER"] ??= "PCI_BUS_ID";
      const { version, isUsingGpu, python } = await loadTfjsNode(source);
      const { gpus, driverCuda, problem } = await nvidiaReport();
      if (!isUsingGpu) throw unseen(buildOf(source), driverCuda, problem);
      const card = cardInUse(gpus, machine.visibleDevices);
      const device = `${card?.name ?? "NVIDIA GPU"}, CUDA`;
      return {
        device: python ? `${device}, TensorFlow of ${python}` : device,
        version,
        ...(card ? { driver: card.driver } : {}),
      };
    },
  };
}

/** The older CUDA that the package wants is seldom there; Python's TensorFlow brings its own. */
const NODE_GPU: CudaBuild = {
  title: `TensorFlow ${NODE_GPU_BUILD.tensorflow} of ${PACKAGE}`,
  cuda: NODE_GPU_BUILD.cuda,
  cudnn: NODE_GPU_BUILD.cudnn,
  folders: [],
  advice: 'Run "trainlens install-backend cuda --libtensorflow python".',
};

function buildOf({ environment }: TfjsNodeSource): CudaBuild {
  if (!environment) return NODE_GPU;
  const { executable, tensorflow } = environment;
  return {
    title: `TensorFlow ${tensorflow.version} of ${executable}`,
    ...(tensorflow.cuda === undefined ? {} : { cuda: tensorflow.cuda }),
    ...(tensorflow.cudnn === undefined ? {} : { cudnn: tensorflow.cudnn }),
    folders: wheelFolders(tensorflow.folder),
    advice: `Run "${executable} -m pip install 'tensorflow[and-cuda]'".`,
  };
}

/** Everything is there, and TensorFlow takes no GPU all the same. */
function unseen({ title, cuda }: CudaBuild, driverCuda?: string, problem?: string): BackendUnavailable {
  if (problem !== undefined) {
    return new BackendUnavailable(
      `${title} sees no GPU: ${problem}`,
      'Mend the driver, until "nvidia-smi" lists the card.',
    );
  }
  if (cuda !== undefined && driverCuda !== undefined && Number.parseInt(driverCuda) < Number.parseInt(cuda)) {
    return new BackendUnavailable(
      `${title} sees no GPU: it is built for CUDA ${cuda}, and the driver runs CUDA up to ${driverCuda}`,
      "Install a newer driver of NVIDIA's.",
    );
  }
  return new BackendUnavailable(
    `${title} loads, but sees no GPU`,
    "Run it again with TF_CPP_MIN_LOG_LEVEL=0 in the environment: TensorFlow then says why.",
  );
}

/**
 * The card that CUDA counts first.
 *
 * @param visibleDevices the value of CUDA_VISIBLE_DEVICES: "1", "1,0", or a card's UUID, by which we do not know it.
 */
export function cardInUse(
  gpus: Nvidia["gpus"],
  visibleDevices: string | undefined,
): Nvidia["gpus"][number] | undefined {
  if (gpus.length === 1) return gpus[0];
  const first = visibleDevices === undefined ? "0" : visibleDevices.split(",")[0].trim();
  return gpus.find(({ index }) => String(index) === first);
}
