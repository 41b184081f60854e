/**
 * Pictures read where a transform sends their pixels.
 *
 * tfjs's wasm kernel of 4.22 gives other numbers than TensorFlow where pictures are mirrored at their edges ("reflect"),
 * and works on one thread.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { registeredKernel, replaceKernel } from "./heap";
import { kernels } from "./kernels";

export type TransformAttrs = tf.TransformAttrs;

export function installTransform(): void {
  replaceKernel(registeredKernel(tf.Transform), ({ inputs, attrs, backend }) => {
    const { image, transforms } = inputs as { image: TensorInfo; transforms: TensorInfo };
    return kernels(backend).transform(image, transforms, attrs as unknown as TransformAttrs);
  });
}
