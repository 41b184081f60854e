/**
 * Kernels of tfjs's wasm backend, 4.22, that gave other results than its cpu backend when every operation we use was
 * compared on both: small ones are put right here, the rare ones are lent by the cpu backend.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { addKernel, registeredKernel, replaceKernel } from "./heap";
import type { WasmKernel } from "./heap";
import { lentKernel } from "./lend";

export function installCorrections(): void {
  // Both read out of bounds for a negative axis.
  for (const name of [tf.Cumsum, tf.Cumprod]) {
    wrap(name, (original) => ({ inputs, attrs, backend }) => {
      const axis = tf.util.parseAxisParam(attrs.axis as number, inputs.x.shape)[0];
      return original({ inputs, attrs: { ...attrs, axis }, backend });
    });
  }

  // It cut a float to a byte: -1.7 became 255, and 0.3 became false.
  wrap(tf.Cast, (original) => ({ inputs, attrs, backend }) => {
    const x = inputs.x;
    if (attrs.dtype !== "bool" || (x.dtype !== "float32" && x.dtype !== "int32")) {
      return original({ inputs, attrs, backend });
    }
    const out = backend.makeOutput(x.shape, "bool");
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
    for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 0 : 1;
    return out;
  });

  // It repeats alpha along the leading axes only.
  wrap(tf.Prelu, (original) => {
    const lent = lentKernel(tf.Prelu);
    return (args) => {
      const { x, alpha } = args.inputs as { x: TensorInfo; alpha: TensorInfo };
      const trailing = alpha.shape.slice(alpha.shape.findIndex((size) => size !== 1));
      const repeats = tf.util.arraysEqual(trailing, x.shape.slice(x.shape.length - trailing.length));
      const single = tf.util.sizeFromShape(alpha.shape) === 1 && alpha.shape.length <= x.shape.length;
      return repeats || single ? original(args) : lent(args);
    };
  });

  // Wrong numbers (the gradients), and wrong for windows without a positive number (the pooling).
  for (const name of [tf.Conv3DBackpropInputV2, tf.Conv3DBackpropFilterV2, tf.MaxPool3D, tf.MaxPool3DGrad]) {
    tf.unregisterKernel(name, "wasm");
    addKernel(name, lentKernel(name));
  }
}

function wrap(name: string, make: (original: WasmKernel) => WasmKernel): void {
  const config = registeredKernel(name);
  replaceKernel(config, make(config.kernelFunc as unknown as WasmKernel));
}
