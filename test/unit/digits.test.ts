import assert from "node:assert/strict";
import { digits } from "../../src/data";
import type { Split } from "../../src/data";

function labels(split: Split): number[] {
  const [n, classes] = split.y.shape as [number, number];
  return Array.from({ length: n }, (_, i) => {
    const row = split.y.data.subarray(i * classes, (i + 1) * classes);
    assert.equal(
      row.reduce((a, b) => a + b),
      1,
    );
    return row.indexOf(1);
  });
}

describe("digits", () => {
  const data = digits();
  const test = data.test as Split;

  it("has three splits with one-hot targets and values from 0 to 1", () => {
    assert.deepEqual(data.train.x.shape, [8000, 784]);
    assert.deepEqual(data.validation.x.shape, [1000, 784]);
    assert.deepEqual(test.x.shape, [1000, 784]);
    assert.deepEqual(test.y.shape, [1000, 10]);
    let [least, most] = [Infinity, -Infinity];
    for (const value of data.train.x.data) [least, most] = [Math.min(least, value), Math.max(most, value)];
    assert.deepEqual([least, most], [0, 1]);
  });

  it("gives every split the same share of each class", () => {
    const count = (split: Split) => {
      const counts = new Array<number>(10).fill(0);
      for (const label of labels(split)) counts[label] = counts[label] + 1;
      return counts;
    };
    const [train, validation, held] = [data.train, data.validation, test].map(count) as [number[], number[], number[]];
    for (let label = 0; label < 10; label++) {
      assert.ok(Math.abs(train[label] / 8 - validation[label]) < 1);
      assert.ok(Math.abs(validation[label] - held[label]) <= 1);
    }
  });

  it("repeats no picture across the splits", () => {
    const seen = new Set<string>();
    for (const { x } of [data.train, data.validation, test]) {
      for (let i = 0; i < x.shape[0]; i++) {
        seen.add(Buffer.from(x.data.buffer, i * 784 * 4, 784 * 4).toString("base64"));
      }
    }
    assert.equal(seen.size, 10000);
  });

  it("labels the pictures rightly: the nearest class mean finds four in five", () => {
    const means = Array.from({ length: 10 }, () => new Float64Array(784));
    const counts = new Array<number>(10).fill(0);
    labels(data.train).forEach((label, i) => {
      const mean = means[label] as Float64Array;
      for (let p = 0; p < 784; p++) mean[p] = mean[p] + data.train.x.data[i * 784 + p];
      counts[label] = counts[label] + 1;
    });
    const distance = (label: number, i: number) => {
      let sum = 0;
      for (let p = 0; p < 784; p++) {
        const mean = (means[label] as Float64Array)[p] / counts[label];
        sum += (mean - test.x.data[i * 784 + p]) ** 2;
      }
      return sum;
    };
    const right = labels(test).filter((label, i) => {
      const distances = means.map((_, candidate) => distance(candidate, i));
      return distances.indexOf(Math.min(...distances)) === label;
    });
    assert.ok(right.length >= 780, `${right.length} of 1000`);
  });

  it("gives pictures with a channel when asked, and the same values", () => {
    const pictures = digits({ flat: false });
    assert.deepEqual(pictures.test?.x.shape, [1000, 28, 28, 1]);
    assert.deepEqual(pictures.test?.x.data, test.x.data);
  });

  it("gives the first examples for training when fewer are wanted, and the same to be judged by", () => {
    const few = digits({ examples: 500 });
    assert.deepEqual(few.train.y.shape, [500, 10]);
    assert.deepEqual(few.train.x.data, data.train.x.data.subarray(0, 500 * 784));
    assert.deepEqual(few.validation, data.validation);
    assert.throws(() => digits({ examples: 8001 }), /1 to 8000 examples for training, not 8001/);
  });

  it("names features by row and column", () => {
    assert.equal(data.featureNames?.[0], "pixel 0,0");
    assert.equal(data.featureNames?.[12 * 28 + 7], "pixel 12,7");
    assert.equal(data.featureNames?.length, 784);
    assert.deepEqual(data.classNames, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  });
});
