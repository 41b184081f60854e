import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  type Augmentation,
  type Batch,
  augmentation,
  compose,
  cutout,
  mixup,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from "../../src/data/augment";
import { AugmentationError, stepsOf } from "../../src/data/augment/augmentation";
import { Draws, batchDraws } from "../../src/data/augment/draws";
import { openBackend } from "../../src/runner/backends";
import { describeAugmentations } from "./augmentations";

const EVERYTHING = compose(
  randomFlip(),
  randomRotation(0.1),
  randomZoom(0.2),
  randomTranslation(0.1, 0.1),
  randomCrop(5, 6),
  randomBrightness(0.2),
  randomContrast(0.2),
  cutout(0.3),
  mixup(0.4),
);

function batch(shape: number[] = [4, 7, 8, 3]): Batch {
  const x = tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i * 37) % 101) / 100),
    shape,
  );
  return { x, y: tf.oneHot(tf.tensor1d([0, 1, 2, 1].slice(0, shape[0]), "int32"), 3).toFloat() };
}

const apply = (augment: Augmentation, key = "1/augment/1/1", shape?: number[]): number[][] =>
  tf.tidy(() => {
    const { x, y } = augment(batch(shape), new Draws(key));
    return [Array.from(x.dataSync()), Array.from(y.dataSync())];
  });

describe("augmentations on cpu", () => describeAugmentations("cpu"));
describe("augmentations on wasm", () => describeAugmentations("wasm"));

describe("augmentations", () => {
  before(() => openBackend("wasm"));

  it("keep shapes, do something, and leave no tensor behind", () => {
    const given = batch();
    const tensors = tf.memory().numTensors;
    const made = EVERYTHING(given, new Draws("a"));
    assert.deepEqual([made.x.shape, made.y.shape], [given.x.shape, given.y.shape]);
    assert.notDeepEqual(made.x.dataSync(), given.x.dataSync());
    tf.dispose([made.x, made.y]);
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(!given.x.isDisposed);
    tf.dispose([given.x, given.y]);
  });

  it("repeat with the same seed, epoch and batch, whatever Math.random has given", () => {
    const first = apply(EVERYTHING);
    Math.random();
    assert.deepEqual(apply(EVERYTHING), first);
    for (const key of ["2/augment/1/1", "1/augment/2/1", "1/augment/1/2"])
      assert.notDeepEqual(apply(EVERYTHING, key), first, key);
    assert.deepEqual(batchDraws(1, 2, 3).uniform(4), new Draws("1/augment/2/3").uniform(4));
  });

  it("draw by themselves: what one draws changes none of the others", () => {
    const flips = (first: Augmentation): number[][] => apply(compose(first, randomFlip("horizontal")));
    const nothing = augmentation("nothing", {}, (given) => given);
    const greedy = augmentation("greedy", {}, (given, draws) => (draws.uniform(1000), given));
    assert.deepEqual(flips(greedy), flips(nothing));
  });

  it("leave pictures as they are at strength 0", () => {
    const still = compose(
      randomRotation(0),
      randomZoom(0),
      randomTranslation(0, 0),
      randomCrop(7, 8),
      randomBrightness(0),
      randomContrast(0),
      cutout(0),
      mixup(0),
    );
    const [x] = apply(still);
    const given = tf.tidy(() => Array.from(batch().x.dataSync()));
    x.forEach((value, i) => assert.ok(Math.abs(value - given[i]) < 1e-5, `${i}: ${value} of ${given[i]}`));
  });

  it("flip about half of the pictures, and each axis by itself", () => {
    const rows = 2000;
    const picture = tf.tile(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), [rows, 1, 1, 1]);
    const { x } = randomFlip()({ x: picture, y: picture }, new Draws("flips"));
    const counts = [0, 0, 0, 0, 0];
    const values = x.dataSync();
    for (let i = 0; i < rows; i++) counts[values[i * 4]]++;
    tf.dispose([picture, x]);
    // Binomial(2000, 1/4): five standard deviations are 97.
    for (const count of counts.slice(1)) assert.ok(Math.abs(count - rows / 4) < 97, String(counts));
  });

  it("cover no more than the box, and mix shares of a beta distribution", () => {
    const ones = tf.ones([200, 10, 10, 1]);
    const { x } = cutout(0.4)({ x: ones, y: ones }, new Draws("cutout"));
    const covered = Array.from(tf.tidy(() => tf.sum(tf.sub(1, x), [1, 2, 3]).dataSync()));
    assert.equal(Math.max(...covered), 16);
    assert.ok(Math.min(...covered) >= 4);
    tf.dispose([ones, x]);
    const shares = new Draws("beta").beta(4000, 0.4);
    assert.ok(shares.every((share) => share >= 0 && share <= 1));
    const mean = shares.reduce((sum, share) => sum + share / shares.length, 0);
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2 / shares.length, 0);
    // Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)).
    assert.ok(Math.abs(mean - 0.5) < 0.03 && Math.abs(variance - 1 / 7.2) < 0.01, `${mean}, ${variance}`);
  });

  it("refuse flat vectors, and say how to reshape them", () => {
    assert.throws(
      () => apply(compose(randomFlip()), "a", [4, 784]),
      (error: AugmentationError) =>
        error instanceof AugmentationError &&
        /randomFlip .* have the shape \[784\]/.test(error.message) &&
        /\[-1, 28, 28, 1\]/.test(error.advice ?? ""),
    );
    assert.throws(() => apply(randomZoom(0.1), "a", [4, 3072]), { advice: /\[-1, 32, 32, 3\]/ });
    assert.throws(() => apply(randomZoom(0.1), "a", [4, 5, 7]), { advice: /\[-1, 5, 7, 1\]/ });
    assert.throws(() => apply(cutout(0.1), "a", [4, 30]), { advice: /\[-1, height, width, channels\]/ });
    assert.equal(apply(mixup(0.2), "a", [4, 30])[0].length, 120, "mixup takes any shape");
  });

  it("refuse numbers that make no sense", () => {
    const wrong: [() => unknown, RegExp][] = [
      [() => randomFlip("diagonal" as "horizontal"), /no mode "diagonal"/],
      [() => randomRotation(NaN), /factor NaN/],
      [() => randomZoom(-2), /factor -2/],
      [() => randomTranslation(0.1, [0.3, 0.1]), /factor 0.3,0.1/],
      [() => randomBrightness(1.5), /factor 1.5/],
      [() => randomContrast(-0.1), /not -0.1/],
      [() => randomCrop(0, 3), /not 0/],
      [() => cutout(1.1), /not 1.1/],
      [() => mixup(-1), /not -1/],
      [() => apply(randomCrop(8, 3)), /window of 8x3 pixels from images of 7x8/],
    ];
    for (const [make, message] of wrong) assert.throws(make, { name: "AugmentationError", message });
  });

  it("say what they do", () => {
    const own: Augmentation = function invert({ x, y }) {
      return { x: tf.sub(1, x), y };
    };
    assert.deepEqual(stepsOf(compose(randomFlip("vertical"), compose(randomRotation(0.1)), own)), [
      { name: "randomFlip", parameters: { mode: { value: "vertical" } } },
      { name: "randomRotation", parameters: { factor: { value: 0.1, most: 0.5 } } },
      { name: "invert", parameters: {} },
    ]);
  });
});
