import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import path from "node:path";
import { assetPath } from "../../data/assets";
import { processorName } from "./processor";
import { BackendUnavailable } from "./rung";
import type { Rung } from "./rung";
import { installWasmKernels } from "./wasm/install";

/** WebAssembly with XNNPACK: needs no installation. */
export const wasm: Rung = {
  async open() {
    setWasmPaths(assetPath("wasm") + path.sep);
    if (!(await tf.setBackend("wasm"))) {
      throw new BackendUnavailable("WebAssembly does not start", "Use --backend cpu, or another Node.");
    }
    installWasmKernels();
    const simd = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true;
    return { device: `${processorName()}, ${simd ? "SIMD" : "no SIMD"}, 1 thread`, version: version_wasm };
  },
};
