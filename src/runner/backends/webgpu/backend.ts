/** A bundle of its own, dist/webgpu.js, loaded where a GPU is used: other backends start without reading it. */
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AdapterFacts } from "./dawn";
import type { Failures } from "./failures";
import { installOptimizerSteps } from "./optimizerSteps";

type BackendValues = Awaited<ReturnType<WebGPUBackend["read"]>>;
type RunProgram = WebGPUBackend["runWebGPUProgram"];

/**
 * tfjs's WebGPU backend, made to fail where it would go on with wrong numbers.
 *
 * A device that is lost ignores its commands, and a buffer that could not be allocated reads as what was computed
 * before; neither throws. The device says so in events: after the first, every operation and every read throws it.
 */
export class WebGpuBackend extends WebGPUBackend {
  #failure: Error | undefined;
  #closed = false;
  /** Reads under way, which a lost device may never answer. */
  readonly #reads = new Set<(error: Error) => void>();

  static make(gpu: GPU, device: GPUDevice, info: AdapterFacts, failures: Failures): WebGpuBackend {
    installOptimizerSteps();
    return withNavigator(gpu, () => new WebGpuBackend(device, info, failures));
  }

  private constructor(
    device: GPUDevice,
    info: AdapterFacts,
    private readonly failures: Failures,
  ) {
    super(device, info as GPUAdapterInfo);
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#fail(failures.refused((event as GPUUncapturedErrorEvent).error));
    });
    void device.lost.then(({ reason, message }) => {
      if (!this.#closed) this.#fail(failures.lost(reason, message));
    });
  }

  override runWebGPUProgram(...parameters: Parameters<RunProgram>): TensorInfo {
    this.#check();
    return super.runWebGPUProgram(...parameters);
  }

  override async read(dataId: object): Promise<BackendValues> {
    this.#check();
    let giveUp: ((error: Error) => void) | undefined;
    const failed = new Promise<never>((_, reject) => this.#reads.add((giveUp = reject)));
    try {
      const values = await Promise.race([super.read(dataId), failed]);
      this.#check();
      return values;
    } catch (error) {
      // A device rejects what is being read just before it says that it is lost.
      await nextTurn();
      this.#check();
      throw error;
    } finally {
      if (giveUp) this.#reads.delete(giveUp);
    }
  }

  override readSync(dataId: object): BackendValues {
    const { values, dtype } = this.tensorMap.get(dataId);
    if (values !== null && values !== undefined) return values;
    if (dtype === "complex64") return super.readSync(dataId);
    throw this.failures.readSync();
  }

  /** Gives the GPU back: what tfjs calls where the backend is removed. */
  override dispose(): void {
    if (this.#closed) return;
    this.#closed = true;
    super.dispose();
    this.device.destroy();
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const giveUp of this.#reads) giveUp(this.#failure);
    this.#reads.clear();
  }
}

/** tfjs's backend asks whether there is a `navigator.gpu` when it is made, and never again. */
function withNavigator<T>(gpu: GPU, make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}
