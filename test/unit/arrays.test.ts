/** NumPy's and MNIST's files, and broken ones. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { DataError, type Split, type TrainingData, idx, npy, npz } from "../../src/data";
import { writeNpz } from "../../src/npz";

const fixture = (name: string): string => path.resolve("test", "fixtures", "arrays", name);
const splitsOf = ({ train, validation, test }: TrainingData): Split[] => [train, validation, ...(test ? [test] : [])];
const sizes = (data: TrainingData): number[] => splitsOf(data).map(({ x }) => x.shape[0]);

/** Every example's pixels count up from its first one, which is its number; @param answer what y is for it. */
function checkExamples(data: TrainingData, scale: number, answer: (example: number) => readonly number[]): number[] {
  return splitsOf(data).flatMap(({ x, y }) =>
    Array.from({ length: x.shape[0] }, (_, n) => {
      const row = Array.from(x.data.subarray(n * 6, n * 6 + 6), (value) => Math.round(value / scale));
      assert.deepEqual(
        row,
        Array.from({ length: 6 }, (_, i) => row[0] + i),
      );
      const width = y.data.length / y.shape[0];
      assert.deepEqual([...y.data.subarray(n * width, (n + 1) * width)], answer(row[0]));
      return row[0];
    }),
  );
}

const oneHot = (k: number): number[] => [0, 1, 2].map((i) => Number(i === k));
const all = Array.from({ length: 60 }, (_, i) => i);
const sorted = (numbers: number[]): number[] => numbers.sort((a, b) => a - b);

describe("arrays as training data", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const refused = (load: () => unknown, message: RegExp, advice = /./): void =>
    assert.throws(load, (error) => {
      assert.ok(error instanceof DataError, String(error));
      assert.match(error.message, message);
      assert.match(error.advice ?? error.message, advice);
      return true;
    });

  it("npz: x and y, split by class", () => {
    const data = npz(fixture("one.npz"), { scale: 1 / 255 });
    assert.deepEqual([data.name, data.classNames, data.train.x.shape], ["one", ["0", "1", "2"], [42, 2, 3]]);
    assert.deepEqual(sizes(data), [42, 9, 9]);
    assert.deepEqual(sorted(checkExamples(data, 1 / 255, (i) => oneHot(i % 3))), all);
  });

  it("npz: other names, texts as classes, another shape of an example", () => {
    const data = npz(fixture("texts.npz"), { x: "images", y: "names", shape: [2, 3, 1] });
    assert.deepEqual(
      [data.classNames, data.train.x.shape.slice(1)],
      [
        ["ant", "cat", "dog"],
        [2, 3, 1],
      ],
    );
    // 0 is a cat, 1 a dog, 2 an ant.
    assert.deepEqual(sorted(checkExamples(data, 1, (i) => oneHot((i + 1) % 3))), all);
  });

  it("npz: quantities, in column-major order", () => {
    const data = npz(fixture("quantities.npz"));
    assert.deepEqual([data.targetNames, data.classNames, data.train.y.shape[1]], [["y"], undefined, 1]);
    assert.deepEqual(sorted(checkExamples(data, 1, (i) => [i / 2])), all);
  });

  it("npz: the splits that it has, and one-hot rows as they are", () => {
    const data = npz(fixture("split.npz"), { classNames: ["a", "b", "c"] });
    assert.deepEqual(
      [data.classNames, sizes(data)],
      [
        ["a", "b", "c"],
        [51, 9, 9],
      ],
    );
    assert.deepEqual(data.test?.x.data[0], 100);
    assert.deepEqual([...(data.test?.y.data.subarray(0, 3) ?? [])], [1, 0, 0]);
    const hot = npz(fixture("one_hot.npz"));
    assert.deepEqual(sizes(hot), [42, 9, 9]);
    assert.deepEqual(sorted(checkExamples(hot, 1, (i) => oneHot(i % 3))), all);
    const held = [0, 1, 2].map((k) => hot.test?.y.data.filter((value, i) => i % 3 === k && value === 1).length);
    assert.deepEqual(held, [3, 3, 3], "stratified");
  });

  it("npy: two files", () => {
    const data = npy(fixture("x.npy"), fixture("y.npy"), { split: { test: 0 } });
    assert.deepEqual([data.test, sizes(data)], [undefined, [51, 9]]);
    assert.deepEqual(sorted(checkExamples(data, 1, (i) => oneHot(i % 3))), all);
  });

  it("idx: plain and gzipped, bytes as 0 to 1, with a channel", () => {
    const files = { images: fixture("images.idx3-ubyte"), labels: fixture("labels.idx1-ubyte.gz") };
    const data = idx(files);
    assert.deepEqual(
      [data.train.x.shape, data.classNames],
      [
        [42, 2, 3, 1],
        ["0", "1", "2"],
      ],
    );
    assert.deepEqual(sorted(checkExamples(data, 1 / 255, (i) => oneHot(i % 3))), all);
    const test = { images: fixture("test-images.idx3-ubyte.gz"), labels: fixture("test-labels.idx1-ubyte") };
    const split = idx({ ...files, test, shape: [6], classNames: ["a", "b", "c"] });
    assert.deepEqual(
      [split.train.x.shape, sizes(split), split.classNames],
      [
        [51, 6],
        [51, 9, 9],
        ["a", "b", "c"],
      ],
    );
    assert.equal(Math.round((split.test?.x.data[0] ?? 0) * 255), 100);
  });

  for (const type of ["int8", "int16", "int32", "float32", "float64"])
    it(`idx: ${type}`, () => {
      const data = idx({ images: fixture(`${type}.idx2`), labels: fixture("labels.idx1-ubyte.gz") });
      assert.deepEqual(data.train.x.shape, [42, 6]);
      const first = splitsOf(data).flatMap(({ x }) => Array.from({ length: x.shape[0] }, (_, n) => x.data[n * 6] + 20));
      assert.deepEqual(sorted(first), all);
    });

  it("say what is wrong with a file, and what to do", () => {
    const write = (name: string, bytes: Uint8Array): string => {
      writeFileSync(path.join(folder, name), bytes);
      return path.join(folder, name);
    };
    const ones = (...shape: number[]): { kind: "numeric"; shape: number[]; data: Float32Array } => ({
      kind: "numeric",
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
    });
    const labels = readFileSync(fixture("labels.idx1-ubyte.gz"));
    const images = readFileSync(fixture("images.idx3-ubyte"));
    const load = (name: string, bytes: Uint8Array) => () => npz(write(name, bytes));
    const loadIdx = (name: string, bytes: Uint8Array) => () =>
      idx({ images: write(name, bytes), labels: fixture("labels.idx1-ubyte.gz") });

    refused(load("a.npz", Buffer.from("hello")), /a\.npz: .*no npz file/);
    refused(load("b.npz", writeNpz({ data: ones(3, 2) })), /no inputs named "x"; its arrays: data/, /savez/);
    refused(load("c.npz", writeNpz({ x: ones(3, 2) })), /no targets named "y"/);
    refused(
      load("d.npz", writeNpz({ x: ones(3, 2), y: ones(4) })),
      /\[3, 2\] and targets of \[4\]/,
      /one row an example/,
    );
    refused(load("e.npz", writeNpz({ x: ones(30, 2), y: ones(30) })), /"1" in every row/);
    refused(() => npz(fixture("one.npz"), { shape: [7] }), /\[2, 3\], which are not of \[7\]/, /as many numbers/);
    refused(
      () => npz(fixture("one.npz"), { classNames: ["a", "b"] }),
      /is 2 in row 2.*2 names, for 0, 1/,
      /every class/,
    );
    refused(() => npz(fixture("texts.npz"), { x: "names", y: "names" }), /inputs in texts\.npz are texts/);
    refused(() => npz(fixture("texts.npz"), { x: "images", y: "names", task: "regression" }), /texts, not quantities/);
    refused(() => npz(fixture("gap.npz")), /no number: NaN in row \d+/, /before you save it/);
    refused(() => npy(fixture("x.npy"), path.join(folder, "none.npy")), /There is no .*none\.npy/);
    refused(loadIdx("a.idx", Buffer.from("hello")), /no IDX file/);
    refused(loadIdx("b.idx", images.subarray(0, 10)), /header is cut off/);
    refused(loadIdx("c.idx", images.subarray(0, -1)), /takes 376 bytes, it has 375/, /Download it again/);
    refused(loadIdx("d.idx", gzipSync(images).subarray(0, 40)), /gzip cannot unpack it/);
    refused(loadIdx("e.idx", labels), /images have the shape \[60\]/);
    refused(
      () => idx({ images: fixture("test-images.idx3-ubyte.gz"), labels: fixture("labels.idx1-ubyte.gz") }),
      /\[9, 2, 3\], the labels \[60\]/,
      /belong to these images/,
    );
  });
});
