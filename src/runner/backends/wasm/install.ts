import * as tf from "@tensorflow/tfjs-core";
import { installConvFilterGradient } from "./convFilterGradient";
import { installConvInputGradient } from "./convInputGradient";
import { installCorrections } from "./corrections";
import { installGather } from "./gather";
import { lendCpuKernels, lentKernel } from "./lend";
import { installMatMul } from "./matMul";
import { installMaxPoolGradient } from "./maxPoolGradient";
import { installOptimizerSteps, STEP_KERNELS } from "./optimizerSteps";
import { installPadding } from "./padding";
import { installSlice } from "./slice";

/** Puts our kernels among those of tfjs's wasm backend, once. */
export function installWasmKernels(): void {
  if (tf.getKernel(STEP_KERNELS.adam, "wasm")) return;
  installMatMul();
  installSlice();
  installGather();
  installPadding();
  installConvInputGradient();
  installCorrections();
  installMaxPoolGradient();
  installOptimizerSteps();
  installConvFilterGradient(lentKernel(tf.Conv2DBackpropFilter));
  lendCpuKernels();
}
