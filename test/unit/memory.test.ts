/** What training is said to need, against what it allocates. */
import assert from "node:assert/strict";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../../src/protocol/ndArray";
import { openBackend } from "../../src/runner/backends";
import { type WasmHeap, refuseFailedAllocations } from "../../src/runner/backends/wasm/allocations";
import { UserError } from "../../src/runner/errors";
import { explainOutOfMemory, isOutOfMemory, memoryWarning } from "../../src/runner/outOfMemory";
import { evaluationRows, keptValues, memoryNeeds, stepBytes } from "../../src/runner/training/memory";
import { trainStep } from "../../src/runner/training/step";
import * as cnn from "../fixtures/recipes/cnn";
import * as lstm from "../fixtures/recipes/lstm";
import * as mlp from "../fixtures/recipes/mlp";
import * as mobileNet from "../fixtures/recipes/mobileNet";

const array = (...shape: number[]): NdArray => ({ data: new Float32Array(0), shape });
/** A split that takes no memory, and has examples all the same. */
const NO_DATA = { x: array(1000, 0), y: array(1000, 0) };

describe("the memory that training needs", () => {
  before(() => tf.setBackend("cpu"));
  after(async () => {
    await tf.setBackend("cpu");
  });

  it("is told by shapes: data, weights with gradients and optimizer state, and what each example adds", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 8, inputShape: [4] }),
        tf.layers.reshape({ targetShape: [4, 2] }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, trainable: false }),
      ],
    });
    const split = (rows: number) => ({ x: array(rows, 4), y: array(rows, 3) });
    const of = (optimizer: string) => {
      model.compile({ optimizer, loss: "meanSquaredError" });
      return memoryNeeds(model, { train: split(100), validation: split(10) });
    };
    const [learning, fixed] = [4 * 8 + 8, 8 * 3 + 3];
    const example = 4 * 5 * (8 + 3);
    assert.deepEqual(of("sgd"), {
      examples: 100,
      data: 4 * 110 * 7,
      weights: 4 * (learning + fixed + learning),
      example,
    });
    assert.deepEqual(of("adam").weights, 4 * (learning + fixed + 3 * learning));
    const needs = { examples: 8, data: 1, weights: 2, example: 10 };
    assert.equal(stepBytes(needs, 5), 53);
    assert.equal(stepBytes(needs, 500), 83, "no batch has more examples than there are");
    model.dispose();
  });

  it("of a recurrent layer grows with its steps", () => {
    const sizes = { input: [28, 3], output: [16], weights: [[3, 64], [16, 64], [64]] };
    assert.equal(keptValues("LSTM", sizes), 13 * 28 * 64);
    assert.equal(keptValues("Dense", sizes), 5 * 16);
  });

  it("for an evaluation is bounded by that of a batch that is learned from", () => {
    const needs = (example: number) => ({ examples: 1e6, data: 0, weights: 0, example });
    assert.equal(evaluationRows(needs(1e3), 32), 256);
    assert.equal(evaluationRows(needs(2 ** 22), 16), 64);
    assert.equal(evaluationRows(needs(2 ** 28), 16), 16);
    assert.equal(evaluationRows(needs(2 ** 28), 1024), 256);
    assert.equal(evaluationRows(needs(0), 1), 256);
  });

  for (const { createModel } of [mlp, cnn, lstm, mobileNet]) {
    it(`is estimated within a factor of 2.5 for ${createModel.toString().match(/name: "(\w+)"/)?.[1]}`, async function () {
      this.timeout(60_000);
      await openBackend("wasm");
      const heap = watchHeap();
      const model = createModel();
      const shape = model.inputs[0].shape.slice(1).map(Number);
      const rows = 96;
      const x = tf.randomUniform([rows, ...shape]);
      const y = tf.oneHot(tf.zeros([rows], "int32"), 10).toFloat();
      // The optimizer makes its state in the first step.
      for (let step = 0; step < 2; step++) trainStep(model, x, y).dispose();
      const estimate = stepBytes(memoryNeeds(model, { train: NO_DATA, validation: NO_DATA }), rows);
      const ratio = estimate / heap.most();
      assert.ok(ratio > 1 / 2.5 && ratio < 2.5, `${estimate} bytes estimated, ${heap.most()} allocated`);
      tf.dispose([x, y]);
      model.dispose();
      heap.end();
    });
  }
});

/** The most bytes that were allocated at a time in tfjs's wasm heap since now. */
function watchHeap(): { most: () => number; end: () => void } {
  const { wasm } = tf.backend() as unknown as { wasm: WasmHeap };
  wasm._free(wasm._malloc(1));
  const { _malloc: allocate, _free: free } = wasm;
  const sizes = new Map<number, number>();
  let [live, most] = [0, 0];
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    sizes.set(address, bytes);
    most = Math.max(most, (live += bytes));
    return address;
  };
  wasm._free = (address) => {
    live -= sizes.get(address) ?? 0;
    sizes.delete(address);
    free(address);
  };
  return { most: () => most, end: () => Object.assign(wasm, { _malloc: allocate, _free: free }) };
}

describe("running out of memory", () => {
  const sayings = [
    "Array buffer allocation failed",
    "Invalid typed array length: 9800000000",
    "WebAssembly memory is full: it has no 4.6 GiB left",
    "memory access out of bounds",
    "Cannot enlarge memory arrays to size 4294967296 bytes",
    "Aborted(OOM). Build with -sASSERTIONS for more info.",
    "abort(OOM)",
    "OOM when allocating tensor with shape[4096,300000] and type float on /job:localhost/replica:0/task:0/device:GPU:0",
    "ResourceExhausted: failed to allocate memory",
    "RESOURCE_EXHAUSTED: failed to allocate memory",
    "std::bad_alloc",
    "The GPU has not enough memory: Out of memory",
  ];
  for (const saying of sayings)
    it(`is heard in "${saying}"`, () => {
      assert.ok(isOutOfMemory(new Error(saying)));
      assert.ok(isOutOfMemory(new Error("Training failed.", { cause: new RangeError(saying) })));
    });

  it("is not heard in other failures", () => {
    for (const message of ["The loss became NaN.", "Invalid array length", "no room for doubt"])
      assert.ok(!isOutOfMemory(new Error(message)), message);
    const other = new Error("other");
    assert.equal(explainOutOfMemory(other, { examples: 1, data: 0, weights: 0, example: 0 }, 1), other);
  });

  const MIB = 2 ** 20;
  const advices: [what: string, needs: [data: number, weights: number, example: number], batchSize: number, RegExp][] =
    [
      ["a large batch", [1, 2, 100], 65, /^Halve the batchSize: --set batchSize=32\.$/],
      ["large weights", [1, 900, 1], 8, /^Give the layers fewer units or filters, or halve.*batchSize=4\.$/],
      ["much data", [900, 2, 1], 8, /^Load fewer examples in data\(\), or smaller ones, or halve.*batchSize=4\.$/],
      ["a single example", [1, 2, 900], 1, /^Give the layers fewer units or filters\.$/],
      ["a batch of all examples", [1, 2, 900], 4096, /^Halve the batchSize: --set batchSize=500\.$/],
    ];
  for (const [what, [data, weights, example], batchSize, advice] of advices)
    it(`from ${what} names the batch size, the estimate and what to do, and keeps the cause`, () => {
      const cause = new RangeError("Array buffer allocation failed\nand more");
      const needs = { examples: 1000, data: data * MIB, weights: weights * MIB, example: example * MIB };
      const error = explainOutOfMemory(cause, needs, batchSize);
      assert.ok(error instanceof UserError);
      assert.ok(
        error.message.includes(`batchSize ${batchSize}: a step of ${Math.min(1000, batchSize)} examples needs about `),
      );
      assert.match(error.message, /says: Array buffer allocation failed$/);
      assert.match(error.advice ?? "", advice);
      assert.equal(error.cause, cause);
    });

  it("is foreseen where a step needs more than the machine has", () => {
    const needs = { examples: 1000, data: MIB, weights: MIB, example: 2 * MIB };
    assert.equal(memoryWarning(needs, 32, 66 * MIB), undefined);
    assert.match(
      memoryWarning(needs, 32, 65 * MIB) ?? "",
      /^The memory of this machine, 65\.0 MiB, may not suffice for batchSize 32: .* 66\.0 MiB .* Halve the batchSize: --set batchSize=16\.$/,
    );
  });

  it("of wasm's heap is an error, no address: 0, beyond the end, or that of a remainder", async () => {
    await openBackend("wasm");
    const backend = tf.backend() as BackendWasm;
    const heap = backend.wasm as unknown as WasmHeap;
    heap._free(heap._malloc(1));
    const allocate = heap._malloc;
    /** What the allocator answers; it is not asked where nothing stands here. */
    const failures: [bytes: number, address?: number][] = [
      [1e6, 0],
      [1e6, heap.HEAPU8.length - 1e6 + 4],
      [2 ** 32 - 2 ** 16],
      [2 ** 32 + 2 ** 21],
      [2 ** 33],
    ];
    try {
      for (const [bytes, address] of failures) {
        heap._malloc = (asked) => {
          assert.ok(asked === 1 || address !== undefined, `${asked} bytes were asked for`);
          return asked === 1 ? allocate(1) : (address ?? 0);
        };
        refuseFailedAllocations(heap);
        assert.throws(() => backend.makeOutput([bytes / 4], "float32"), /WebAssembly memory is full/);
      }
      heap._malloc = allocate;
      refuseFailedAllocations(heap);
      assert.deepEqual(Array.from(await tf.tensor1d([1, 2]).add(1).data()), [2, 3]);
    } finally {
      heap._malloc = allocate;
      await tf.setBackend("cpu");
    }
  });
});
