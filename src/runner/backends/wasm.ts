import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import path from "node:path";
import { assetPath } from "../../data/assets";
import { processorName } from "./processor";
import { BackendUnavailable } from "./rung";
import type { Rung } from "./rung";
import { type WasmHeap, refuseFailedAllocations } from "./wasm/allocations";
import { installWasmKernels } from "./wasm/install";

/** Heaps whose failed allocations are errors already. */
const guarded = new WeakSet<WasmHeap>();

/**
 * WebAssembly with XNNPACK: needs no installation.
 *
 * One thread. tfjs also ships a threaded build, which loads in Node once its workers' source lies in files; measured
 * with tfjs 4.22 it starts its workers, reports one thread (`getThreadsCount`), keeps one processor busy and takes the
 * same time for every product and convolution of our jobs: its thread pool is not compiled in.
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
    return { device: `${processorName()}, SIMD, 1 thread`, version: version_wasm };
  },
};
