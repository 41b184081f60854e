import * as tf from "@tensorflow/tfjs-core";
import { STEP_KERNELS } from "../stepKernels";
import { installBatchNormalizationKernels } from "./batchNormalization";
import { installBiasedConvolutionKernel } from "./biasedConvolution";
import { installBoundedGradient } from "./boundedGradient";
import { installLstmKernels } from "./lstm";
import { installMatMul } from "./matMul";
import { installMaxPooling } from "./maxPooling";
import { BACKEND, Operations, type TensorFlowBackend } from "./operations";
import { installOptimizerSteps } from "./optimizerSteps";
import { installPointwiseConvolution } from "./pointwiseConvolution";
import { installTransform } from "./transform";

/** Puts our kernels among those of tfjs-node, once. A backend of this name that is no tfjs-node's is left alone. */
export function installTensorFlowKernels(): void {
  const backend = tf.findBackend(BACKEND) as unknown as TensorFlowBackend & { binding?: TensorFlowBackend["binding"] };
  const registered: unknown = tf.getKernel(STEP_KERNELS.adam, BACKEND);
  if (!backend.binding || registered !== undefined) return;
  const operations = new Operations(backend);
  installMatMul(operations);
  installPointwiseConvolution(operations);
  installBiasedConvolutionKernel(operations);
  installBoundedGradient(operations);
  installMaxPooling(operations);
  installBatchNormalizationKernels(operations);
  installLstmKernels(operations);
  installOptimizerSteps(operations);
  installTransform(operations);
}
