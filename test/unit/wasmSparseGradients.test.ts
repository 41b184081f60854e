/** Gradients through max pooling on our wasm kernels against the cpu backend: mostly 0, which the kernels make use of. */
import * as tf from "@tensorflow/tfjs";
import { type Case, assertSame } from "./sameOnWasm";

describe("gradients that are mostly 0, on wasm", () => {
  after(() => tf.setBackend("cpu"));

  const pooled = (y: tf.Tensor, side = 2): tf.Tensor =>
    tf.maxPool(tf.relu(y) as tf.Tensor4D, side, side, side === 2 ? "valid" : "same");

  for (const [height, width] of [
    [6, 8],
    [7, 9],
  ])
    for (const channels of [4, 8, 6])
      it(`pooling by 2 x 2 of ${height} x ${width} x ${channels}`, () =>
        assertSame(([x]) => pooled(x), [3, height, width, channels]));

  it("pooling of equal numbers goes to the first", () =>
    assertSame(([x]) => pooled(tf.round(tf.mul(x, 2))), [2, 6, 6, 4]));

  for (const [channels, outChannels] of [
    [1, 16],
    [3, 5],
    [16, 8],
  ])
    for (const pad of ["valid", "same"] as const)
      for (const strides of [1, 2])
        for (const kernel of [
          [3, 3],
          [5, 2],
        ])
          it(`a convolution ${kernel.join(" x ")} of ${channels} to ${outChannels} channels, ${pad}, strides ${strides}`, () => {
            const f: Case = ([x, w]) => pooled(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad), 3);
            return assertSame(f, [2, 13, 11, channels], [...kernel, channels, outChannels]);
          });

  it("a batch of pictures, some of them all 0, others dense", () => {
    const f: Case = ([x, w, factors]) => {
      const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid");
      return tf.mul(y, tf.reshape(tf.relu(factors), [6, 1, 1, 1]));
    };
    return assertSame(f, [6, 9, 9, 4], [3, 3, 4, 8], [6]);
  });
});
