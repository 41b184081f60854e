import * as tf from "@tensorflow/tfjs-core";
import { installBatchNormGradient } from "../batchNormGradient";
import { installBatchNorm } from "./batchNorm";
import { installConvolutions } from "./convolutions";
import { installCorrections } from "./corrections";
import { installElementwise } from "./elementwise";
import { installGather } from "./gather";
import { lendCpuKernels } from "./lend";
import { installMatMul } from "./matMul";
import { installMaxPoolGradient } from "./maxPoolGradient";
import { STEP_KERNELS } from "../stepKernels";
import { installOptimizerSteps } from "./optimizerSteps";
import { installPadding } from "./padding";
import { installSlice } from "./slice";
import { installSums } from "./sums";
import { installTile } from "./tile";
import { installTransform } from "./transform";

/** Puts our kernels among those of tfjs's wasm backend, once. */
export function installWasmKernels(): void {
  if (tf.getKernel(STEP_KERNELS.adam, "wasm")) return;
  installMatMul();
  installSlice();
  installGather();
  installConvolutions();
  installPadding();
  installSums();
  installElementwise();
  installBatchNorm();
  installBatchNormGradient();
  installTile();
  installTransform();
  installCorrections();
  installMaxPoolGradient();
  installOptimizerSteps();
  lendCpuKernels();
}
