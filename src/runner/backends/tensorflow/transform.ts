/** Pictures read where a transform sends their pixels: tfjs-node of 4.22 has no such kernel, TensorFlow has the operation. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, Tensor } from "@tensorflow/tfjs-core";
import { BACKEND, type Operations } from "./operations";

export function installTransform(operations: Operations): void {
  const registered: unknown = tf.getKernel(tf.Transform, BACKEND);
  if (registered !== undefined) return;
  const kernel = ({ inputs, attrs }: { inputs: object; attrs: object }): Tensor => {
    const { image, transforms } = inputs as { image: tf.Tensor4D; transforms: tf.Tensor2D };
    const { interpolation, fillMode, fillValue, outputShape } = attrs as tf.TransformAttrs;
    const size = tf.tensor1d(outputShape ?? image.shape.slice(1, 3), "int32");
    const fill = tf.scalar(fillValue);
    const [out] = operations.run(
      "ImageProjectiveTransformV3",
      [
        operations.type("dtype"),
        operations.text("interpolation", interpolation.toUpperCase()),
        operations.text("fill_mode", fillMode.toUpperCase()),
      ],
      [image, transforms, size, fill],
    );
    tf.dispose([size, fill]);
    return out;
  };
  tf.registerKernel({ kernelName: tf.Transform, backendName: BACKEND, kernelFunc: kernel as unknown as KernelFunc });
}
