import * as tf from "@tensorflow/tfjs-core";
import process from "node:process";
import { quietCpuBackend } from "./cpu";
import { BackendUnavailable } from "./rung";
import type { Rung } from "./rung";
import { deviceName, findAdapter, isSoftware, loadDawn, openDevice } from "./webgpu/dawn";
import { failures } from "./webgpu/failures";

/** Short beside the 100 ms between two events of a run; long beside a step. */
const READ_INTERVAL = 50;

/**
 * Any vendor's GPU, through WebGPU: Dawn for Node, which a user installs, and tfjs's WebGPU backend, which is
 * loaded here and nowhere else.
 *
 * A software adapter computes on the processor, slower than WebAssembly: it is taken only where webgpu is asked for by
 * name.
 */
export const webgpu: Rung = {
  async open(options) {
    const dawn = await loadDawn(options);
    const { gpu, adapter } = await findAdapter(dawn);
    const name = deviceName(adapter.info);
    if (isSoftware(adapter.info) && options.forced !== true) {
      throw new BackendUnavailable(
        `only a software adapter, ${name}, was found`,
        "Install the driver of this machine's GPU. To use the software adapter all the same, add --backend webgpu.",
      );
    }
    // Small tensors that were never uploaded are computed by the cpu backend's kernels.
    quietCpuBackend();
    shareCore();
    const { WebGpuBackend } = await import("./webgpu/backend");
    const backend = WebGpuBackend.make(gpu, await openDevice(adapter), adapter.info, failures);
    if (tf.findBackend("webgpu")) tf.removeBackend("webgpu");
    tf.registerBackend("webgpu", () => backend);
    if (!(await tf.setBackend("webgpu"))) {
      throw new BackendUnavailable("tfjs's WebGPU backend does not start", "Install TrainLens again.");
    }
    // A process that ends while the GPU works may crash as its libraries are unloaded: destroying waits for the GPU.
    const dispose = (): void => backend.dispose();
    process.once("exit", dispose);
    return {
      device: `${name}, WebGPU`,
      version: dawn.version,
      driver: adapter.info.description,
      readInterval: READ_INTERVAL,
      close: async () => {
        process.off("exit", dispose);
        if (tf.findBackend("webgpu") === backend) tf.removeBackend("webgpu");
      },
    };
  },
};

/** The backend lies in a bundle of its own, which takes tfjs's core from here (sharedCore.cjs). */
function shareCore(): void {
  Object.assign(globalThis, { [Symbol.for("trainlens.tfjs-core")]: tf });
}
