/** Our wasm kernels against the cpu backend: values and gradients. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { openBackend } from "../../src/runner/backends";
import { applyGradients } from "../../src/runner/backends/fusedOptimizers";
import { type Case, assertClose, assertSame, compute } from "./sameOnWasm";
import { describeOptimizers } from "./steppedOptimizers";

/** Stops gradients: they are all zero then. */
function valueOnly(f: Case): Case {
  return (inputs) =>
    tf.customGrad((...args) => {
      const tensors = args as tf.Tensor[];
      const value = f(tensors.slice(0, inputs.length));
      return { value, gradFunc: () => inputs.map((input) => tf.zerosLike(input)) };
    })(...inputs);
}

describe("wasm kernels", () => {
  after(() => tf.setBackend("cpu"));

  describe("matMul", () => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const product: Case = ([a, b]) => tf.matMul(a, b, transposeA, transposeB);
        const left = (...batch: number[]) => [...batch, ...(transposeA ? [37, 29] : [29, 37])];
        const right = (...batch: number[]) => [...batch, ...(transposeB ? [19, 37] : [37, 19])];
        const name = `a${transposeA ? "T" : ""} b${transposeB ? "T" : ""}`;
        it(`${name}: one product`, () => assertSame(product, left(), right()));
        it(`${name}: a batch`, () => assertSame(product, left(3), right(3)));
        // tfjs itself has no gradient for these.
        it(`${name}: a batch by one`, () => assertSame(valueOnly(product), left(4), right(1)));
        it(`${name}: one by a batch`, () => assertSame(valueOnly(product), left(1), right(4)));
        it(`${name}: two batch axes`, () => assertSame(product, left(2, 3), right(2, 3)));
        it(`${name}: fused with bias and relu`, async () => {
          const fused: Case = ([a, b, bias]) =>
            tf.fused.matMul({
              a: a,
              b: b,
              bias: bias,
              transposeA,
              transposeB,
              activation: "relu",
            });
          await assertSame(fused, left(), right(), [19]);
        });
      }
    }
    for (const columns of [1, 2, 3, 4])
      for (const depth of [7, 8, 29, 300])
        it(`${depth} numbers by ${columns} columns, fused with bias and relu6`, async () => {
          const fused: Case = ([a, b, bias]) => tf.fused.matMul({ a, b, bias, activation: "relu6" });
          await assertSame(fused, [31, depth], [depth, columns], [columns]);
        });
    it("keeps up with weights that change in place of one variable", async () => {
      await openBackend("wasm");
      const x = tf.ones([64, 64]);
      const w = tf.variable(tf.ones([64, 64]));
      for (const value of [1, 2, 3]) {
        w.assign(tf.fill([64, 64], value));
        assert.equal(tf.matMul(x, w).dataSync()[0], 64 * value);
        assert.equal(tf.matMul(x, w, false, true).dataSync()[0], 64 * value);
      }
    });
    it("still refuses shapes that do not fit", async () => {
      await openBackend("wasm");
      assert.throws(() => tf.matMul(tf.ones([40, 30]), tf.ones([40, 30])), /inner shapes/i);
    });
  });

  describe("convolution, its gradients and its transpose", () => {
    const filters: [number, number, number, number][] = [
      [1, 1, 3, 4],
      [3, 2, 3, 4],
      [3, 3, 3, 4],
      [5, 4, 3, 2],
    ];
    for (const filter of filters) {
      for (const pad of ["valid", "same", 1] as const) {
        for (const strides of [1, 2, [1, 2], 3] as (number | [number, number])[]) {
          // tfjs itself gets the output's shape wrong here, on every backend: it takes the height's for both.
          if (pad === 1 && (Array.isArray(strides) || filter[0] !== filter[1])) continue;
          const rounding = pad === 1 ? "floor" : undefined;
          it(`filter ${filter.join(" x ")}, ${pad}, strides ${String(strides)}`, async () => {
            const f: Case = ([x, w]) =>
              tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, "NHWC", 1, rounding);
            await assertSame(f, [2, 9, 8, 3], filter);
          });
        }
      }
    }
    for (const [filter, strides] of [
      [2, 3],
      [
        [2, 4],
        [3, 1],
      ],
      [3, 4],
      [1, 2],
    ] as const) {
      it(`depthwise and fused, filter ${String(filter)}, same, strides ${String(strides)}`, async () => {
        const [height, width] = typeof filter === "number" ? [filter, filter] : filter;
        const step = typeof strides === "number" ? strides : ([...strides] as [number, number]);
        const fused: Case = ([x, w, bias]) =>
          tf.fused.conv2d({
            x: x as tf.Tensor4D,
            filter: w as tf.Tensor4D,
            bias: bias,
            strides: step,
            pad: "same",
            activation: "relu",
          });
        await assertSame(fused, [2, 9, 8, 3], [height, width, 3, 4], [4]);
        if (typeof step === "number") {
          const depthwise: Case = ([x, w]) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, step, "same");
          await assertSame(depthwise, [2, 9, 8, 3], [height, width, 3, 2]);
        }
      });
    }
    it("of pixels of padding that tfjs gets wrong is refused", async () => {
      await openBackend("wasm");
      const [x, square] = [tf.ones<tf.Rank.R4>([1, 8, 8, 1]), tf.ones<tf.Rank.R4>([3, 3, 1, 1])];
      const uneven = tf.ones<tf.Rank.R4>([3, 2, 1, 1]);
      assert.throws(() => tf.conv2d(x, uneven, 1, 1, "NHWC", 1, "floor"), /square filter/);
      assert.throws(() => tf.conv2d(x, square, [1, 2], 1, "NHWC", 1, "floor"), /equal strides/);
      assert.deepEqual(tf.conv2d(x, square, 1, 1, "NHWC", 1, "floor").shape, [1, 8, 8, 1]);
    });
    it("transposed", async () => {
      const f: Case = ([x, w]) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 8, 8, 4], 2, "same");
      await assertSame(f, [2, 4, 4, 3], [3, 3, 4, 3]);
    });
    it("of many examples, by many channels", async () => {
      const f: Case = ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
      await assertSame(f, [230, 16, 16, 8], [3, 3, 8, 2]);
      await assertSame(f, [5, 13, 17, 16], [3, 2, 16, 36]);
      await assertSame(f, [40, 3, 50, 24], [1, 1, 24, 17]);
    });
  });

  describe("work that threads share", () => {
    const cases: Record<string, [Case, ...number[][]]> = {
      "a product": [([a, b]) => tf.matMul(a, b), [401, 203], [203, 101]],
      "a narrow product": [([a, b]) => tf.matMul(a, b), [4001, 203], [203, 3]],
      "convolution with strides": [
        ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"),
        [31, 19, 21, 9],
        [3, 3, 9, 21],
      ],
      "dilated convolution": [
        valueOnly(([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid", "NHWC", 2)),
        [31, 19, 21, 9],
        [3, 3, 9, 21],
      ],
      "depthwise convolution": [
        ([x, w]) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
        [31, 29, 21, 23],
        [3, 3, 23, 1],
      ],
      pooling: [([x]) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), [31, 30, 22, 23]],
      "a bias": [([x, b]) => tf.add(x, b), [31, 30, 22, 23], [23]],
      bounds: [([x]) => tf.clipByValue(x, -0.5, 0.5), [31, 30, 22, 23]],
      tanh: [([x]) => tf.tanh(x), [31, 30, 22, 23]],
    };
    for (const [name, [f, ...shapes]] of Object.entries(cases)) it(name, () => assertSame(f, ...shapes));
  });

  it("multiplies what is deeper, wider and higher than is worked on at once", async () => {
    // Weighted by 1 / depth: sums of many numbers differ by rounding.
    const product: Case = ([a, b]) => tf.div(tf.matMul(a, b), 16);
    await assertSame(product, [123, 517], [517, 261]);
    await assertSame(product, [1, 300], [300, 1]);
  });

  it("convolves with dilations and strides, with its gradients", async () => {
    const dilated: Case = ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NHWC", [2, 3]);
    await assertSame(valueOnly(dilated), [2, 9, 11, 5], [3, 2, 5, 6]);
    const strided: Case = ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [3, 2], "same");
    await assertSame(strided, [3, 10, 11, 5], [4, 3, 5, 9]);
    const narrow: Case = ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
    await assertSame(narrow, [2, 2, 2, 3], [5, 5, 3, 4]);
  });

  it("fuses a convolution with its bias and activation", async () => {
    for (const activation of ["linear", "relu", "relu6", "sigmoid"] as const) {
      const fused: Case = ([x, filter, bias]) =>
        tf.fused.conv2d({
          ...{ x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, bias: bias },
          ...{ strides: 1, pad: "same", activation },
        });
      await assertSame(valueOnly(fused), [2, 7, 6, 3], [3, 3, 3, 10], [10]);
    }
  });

  it("convolves by depth with multipliers and dilations, with its gradients", async () => {
    for (const [channels, multiplier] of [
      [8, 1],
      [5, 1],
      [3, 2],
    ] as const) {
      const shapes = [
        [2, 9, 8, channels],
        [3, 2, channels, multiplier],
      ];
      const strided: Case = ([x, w]) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same");
      await assertSame(strided, ...shapes);
      const dilated: Case = ([x, w]) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid", "NHWC", 2);
      await assertSame(valueOnly(dilated), ...shapes);
    }
  });

  describe("batch normalization is what it is composed of, with its gradients", () => {
    type Inputs = [tf.Tensor4D, ...tf.Tensor1D[]];
    const composed: Case = (inputs) => {
      const [x, mean, variance, scale = tf.scalar(1), offset = tf.scalar(0)] = inputs;
      const factor = tf.mul(tf.rsqrt(tf.add(tf.square(variance), 0.01)), scale);
      return tf.add(tf.mul(tf.sub(x, mean), factor), offset);
    };
    const fused: Case = (inputs) => {
      const [x, mean, variance, scale, offset] = inputs as Inputs;
      return tf.batchNorm(x, mean, tf.square(variance), offset, scale, 0.01);
    };
    for (const [name, shape, parameters] of [
      ["of pictures", [3, 5, 4, 7], 4],
      ["of rows", [9, 6], 4],
      ["without scale and offset", [3, 2, 4, 9], 2],
      ["shared among threads", [31, 30, 22, 23], 4],
    ] as const) {
      for (const backend of ["wasm", "cpu"] as const) {
        it(`${name}, on ${backend}`, async () => {
          const shapes = [[...shape], ...Array.from({ length: parameters }, () => [shape.at(-1) ?? 0])];
          // tfjs itself has no gradient without a scale.
          const stopped = (f: Case): Case => (parameters === 4 ? f : valueOnly(f));
          const expected = await compute("cpu", stopped(composed), shapes);
          assertClose(await compute(backend, stopped(fused), shapes), expected);
        });
      }
    }
  });

  it("computes with a row on either side", async () => {
    for (const f of [tf.add, tf.sub, tf.mul]) {
      await assertSame(([a, b]) => f(a, b), [5, 3, 7], [7]);
      await assertSame(([a, b]) => f(a, b), [8], [2, 3, 8]);
      await assertSame(([a, b]) => f(a, b), [2, 3, 4, 5], [1, 1, 5]);
      await assertSame(([a, b]) => f(a, b), [3, 1], [3, 4]);
    }
  });

  it("sums and averages over leading axes", async () => {
    for (const shape of [
      [150, 3],
      [70, 37],
      [5, 7, 6, 21],
    ]) {
      for (const keepDims of [false, true]) {
        const axes = shape.map((_, axis) => axis).slice(0, -1);
        await assertSame(([x]) => tf.sum(x, axes, keepDims), shape);
        await assertSame(([x]) => tf.mean(x, axes, keepDims), shape);
        await assertSame(([x]) => tf.sum(x, 0, keepDims), shape);
      }
    }
  });

  it("repeats along any axes", async () => {
    await assertSame(([x]) => tf.tile(x, [4, 3, 1, 1]), [1, 1, 2, 5]);
    await assertSame(([x]) => tf.tile(x, [1, 7]), [3, 1]);
    await assertSame(([x]) => tf.tile(x, [2, 1, 3]), [2, 3, 2]);
    await openBackend("wasm");
    assert.deepEqual(tf.tile(tf.tensor1d([1, 2], "int32"), [3]).arraySync(), [1, 2, 1, 2, 1, 2]);
  });

  it("bounds, with gradients and their gradients", async () => {
    const scaled =
      (f: (x: tf.Tensor) => tf.Tensor): Case =>
      ([x]) =>
        f(tf.mul(x, 9));
    for (const f of [tf.relu, tf.relu6, tf.tanh, (x: tf.Tensor) => tf.clipByValue(x, -2, 5)]) {
      await assertSame(scaled(f), [3, 7]);
      await assertSame(scaled(f), [8]);
    }
    const penalty: Case = ([x]) => tf.square(tf.grad((z: tf.Tensor) => tf.sum(tf.square(tf.relu(z))))(x));
    await assertSame(penalty, [5, 3]);
  });

  it("has a tanh exact to floats, also of the very small, the very great and NaN", async () => {
    await openBackend("wasm");
    const x = [0, -0, 1e-30, -1e-4, 0.2499, 0.25, -0.2501, 0.7, -3, 8.9, 9.1, -50, Infinity, -Infinity, NaN];
    const actual = tf.tanh(tf.tensor1d(x)).dataSync();
    x.forEach((value, i) => {
      const expected = Math.tanh(Math.fround(value));
      if (Number.isNaN(expected)) assert.ok(Number.isNaN(actual[i]));
      else assert.ok(Math.abs(actual[i] - expected) <= 3e-7 * Math.abs(expected), `tanh ${value} is ${actual[i]}`);
    });
  });

  it("slices rows, columns and scalars", async () => {
    await assertSame(([x]) => tf.slice(x, [3, 0], [4, 5]), [10, 5]);
    await assertSame(([x]) => tf.slice(x, [3, 1], [4, 3]), [10, 5]);
    await assertSame(([x]) => tf.slice(x, [2, 1, 0, 0], [3, 1, 3, 2]), [7, 2, 3, 2]);
    await assertSame(([x]) => tf.slice(x, 4, -1), [9]);
  });

  it("gathers along any axis, with repeats", async () => {
    const indices = () => tf.tensor1d([4, 0, 4, 2], "int32");
    await assertSame(([x]) => tf.gather(x, indices()), [6, 9]);
    await assertSame(([x]) => tf.gather(x, indices()), [6, 3]);
    await assertSame(([x]) => tf.gather(x, indices(), 1), [3, 6, 8]);
    await assertSame(([x]) => tf.gather(x, tf.tensor2d([[1, 0]], [1, 2], "int32")), [2, 10]);
  });

  it("keeps NaN where it bounds numbers, so that a diverged loss shows", async () => {
    await openBackend("wasm");
    const x = tf.tensor1d([NaN, -1, 0.5, 9]);
    assert.deepEqual(Array.from(tf.clipByValue(x, 0, 1).dataSync()), [NaN, 0, 0.5, 1]);
    assert.deepEqual(Array.from(tf.relu6(x).dataSync()), [NaN, 0, 0.5, 6]);
    const loss = tf.metrics.categoricalCrossentropy(tf.tensor2d([[1, 0]]), tf.tensor2d([[NaN, NaN]]));
    assert.ok(Number.isNaN(loss.dataSync()[0]));
  });

  it("sums up along the last axis, counted from the end", async () => {
    await openBackend("wasm");
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    assert.deepEqual(Array.from(tf.cumsum(x, -1).dataSync()), [1, 3, 6, 4, 9, 15]);
    assert.deepEqual(Array.from(tf.cumprod(x, -1).dataSync()), [1, 2, 6, 4, 20, 120]);
  });

  it("takes every number but 0 for true", async () => {
    await openBackend("wasm");
    assert.deepEqual(Array.from(tf.cast(tf.tensor1d([-1.7, 0, 0.3, 2]), "bool").dataSync()), [1, 0, 1, 1]);
    assert.deepEqual(Array.from(tf.cast(tf.tensor1d([256, 0], "int32"), "bool").dataSync()), [1, 0]);
  });

  it("repeats the slopes of prelu along any axis", async () => {
    for (const slopes of [[5], [1, 5], [4, 5], [4, 1], [3, 1, 1], [3, 1, 5], [1, 1, 1]]) {
      await assertSame(
        valueOnly(([x, alpha]) => tf.prelu(x, alpha)),
        [3, 4, 5],
        slopes,
      );
    }
  });

  it("pools and convolves volumes, of negative numbers too", async () => {
    const negative = (x: tf.Tensor) => tf.sub<tf.Tensor5D>(x, 3);
    await assertSame(([x]) => tf.maxPool3d(negative(x), 2, 2, "valid"), [1, 4, 5, 5, 2]);
    await assertSame(
      ([x, w]) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 2, "same"),
      [1, 4, 5, 5, 2],
      [2, 2, 2, 2, 3],
    );
  });

  it("refuses a row that is not there", async () => {
    await openBackend("wasm");
    const before = tf.memory().numBytes;
    tf.tidy(() => assert.throws(() => tf.gather(tf.ones([4, 10]), tf.tensor1d([1, 4], "int32")), /index value 4/));
    assert.equal(tf.memory().numBytes, before);
  });

  describe("optimizers: ten steps give tfjs's own weights and state", () => {
    describeOptimizers("wasm");

    it("keep a snapshot of the weights as it was", async () => {
      await openBackend("wasm");
      const weight = tf.variable(tf.ones([4]));
      const snapshot = weight.clone();
      applyGradients(tf.train.sgd(1), [{ name: weight.name, tensor: tf.ones([4]) }]);
      assert.deepEqual(Array.from(snapshot.dataSync()), [1, 1, 1, 1]);
      assert.deepEqual(Array.from(weight.dataSync()), [0, 0, 0, 0]);
    });
  });
});
