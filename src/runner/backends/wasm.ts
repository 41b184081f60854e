import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import path from "node:path";
import { assetPath } from "../../data/assets";
import { processorName } from "./processor";
import { BackendUnavailable } from "./rung";
import type { Rung } from "./rung";
import { type WasmHeap, refuseFailedAllocations } from "./wasm/allocations";
import type { BackendWasm } from "./wasm/heap";
import { installWasmKernels } from "./wasm/install";
import { kernels } from "./wasm/kernels";

/** Heaps whose failed allocations are errors already. */
const guarded = new WeakSet<WasmHeap>();

/**
 * WebAssembly with XNNPACK and kernels of our own: needs no installation.
 *
 * The threads are ours too. tfjs also ships a threaded build, which loads in Node once its workers' source lies in files;
 * measured with tfjs 4.22 it starts its workers, reports one thread (`getThreadsCount`), keeps one processor busy and takes
 * the same time for every product and convolution of our jobs: its thread pool is not compiled in.
 */
export const wasm: Rung = {
  async open() {
    setWasmPaths(assetPath("wasm") + path.sep);
    if (!(await tf.setBackend("wasm"))) {
      throw new BackendUnavailable("WebAssembly does not start", "Use --backend cpu, or another Node.");
    }
    if ((await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) !== true) {
      throw new BackendUnavailable("WebAssembly has no SIMD on this processor", "Use --backend cpu.");
    }
    const { wasm: heap } = tf.backend() as unknown as { wasm: WasmHeap };
    if (!guarded.has(heap)) refuseFailedAllocations(heap);
    guarded.add(heap);
    installWasmKernels();
    const { threads } = kernels(tf.backend() as BackendWasm);
    const device = `${processorName()}, SIMD, ${threads} thread${threads === 1 ? "" : "s"}`;
    return { device, version: version_wasm };
  },
};
