/** What a preview shows of an augmentation, and which hyperparameters it finds that set it. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { type Augmentation, compose, mixup, randomBrightness, randomFlip } from "../../src/data/augment";
import type { TrainingData } from "../../src/data";
import type { Hyperparameter } from "../../src/protocol/runManifest";
import { UserError } from "../../src/runner/errors";
import { PreviewSession } from "../../src/runner/preview/session";
import type { Recipe } from "../../src/runner/recipe";

/** 12 pictures of 4 x 4, alternately of two classes. */
function pictures(shape: readonly number[] = [4, 4, 1]): TrainingData {
  const split = {
    x: { data: Float32Array.from({ length: 12 * 16 }, (_, i) => (i % 17) / 17), shape: [12, ...shape] },
    y: { data: Float32Array.from({ length: 24 }, (_, i) => Number(i % 2 === Math.floor(i / 2) % 2)), shape: [12, 2] },
  };
  return { train: split, validation: split, classNames: ["cat", "dog"] };
}

function recipe(
  hyperparameters: Record<string, Hyperparameter>,
  augment: () => Augmentation | undefined,
  data = pictures(),
): Recipe {
  return {
    ...{ name: "pets", path: "/w/pets/train.ts", language: "typescript", hyperparameters, augments: true },
    data: async () => data,
    createModel: async () => tf.sequential(),
    augment: async () => augment(),
  };
}

describe("a preview of an augmentation", () => {
  before(() => tf.setBackend("cpu"));

  const strengths = { epochs: 3, on: true, light: 0.25, blend: 0.5 };
  const own = { ...strengths };
  const lit = recipe(own, () =>
    own.on ? compose(randomFlip("horizontal"), randomBrightness(own.light), mixup(own.blend)) : undefined,
  );

  it("finds what augment() reads, what it changes, and how far it goes", async () => {
    const session = await PreviewSession.open(lit);
    const shown = await session.show({ set: {}, seed: 1 });
    assert.deepEqual(shown.strengths, [
      { name: "on", value: true, changes: [] },
      { name: "light", value: 0.25, most: 1, changes: ["randomBrightness factor"] },
      { name: "blend", value: 0.5, most: 1, changes: ["mixup alpha"] },
    ]);
    assert.deepEqual(own, strengths);
    assert.deepEqual(shown.steps, ["randomFlip horizontal", "randomBrightness 0.25", "mixup 0.5"]);
    assert.deepEqual([shown.examples.length, shown.examples[0].augmented.length], [6, 5]);
    for (const { original } of shown.examples) assert.match(original.label, /^(cat|dog)$/);
    const labels = shown.examples.flatMap(({ augmented }) => augmented.map(({ label }) => label));
    assert.ok(
      labels.some((label) => /^cat \d+ %, dog \d+ %$/.test(label)),
      labels.join("; "),
    );
  });

  it("draws the same for the same seed, and keeps nothing of a request", async () => {
    const session = await PreviewSession.open(lit);
    const before = tf.memory().numTensors;
    const shown = await session.show({ set: {}, seed: 1 });
    assert.notDeepEqual((await session.show({ set: {}, seed: 2 })).examples, shown.examples);
    const stronger = await session.show({ set: { light: 0.9 }, seed: 1 });
    assert.notDeepEqual(stronger.examples, shown.examples);
    assert.deepEqual(
      stronger.examples.map(({ original }) => original),
      shown.examples.map(({ original }) => original),
    );
    await assert.rejects(session.show({ set: { light: -3 }, seed: 1 }));
    const off = await session.show({ set: { on: false }, seed: 1 });
    assert.deepEqual([off.steps, off.examples[0].augmented], [[], []]);
    assert.deepEqual(await session.show({ set: {}, seed: 1 }), shown);
    assert.deepEqual((await session.grid(1)).shape, [36, 4, 4, 1]);
    assert.equal(tf.memory().numTensors, before);
  });

  it("says what cannot be shown", async () => {
    const refused = (given: Recipe, message: RegExp): Promise<void> =>
      assert.rejects(PreviewSession.open(given), (error) => error instanceof UserError && message.test(error.message));
    await refused(
      recipe({}, () => mixup(), pictures([16])),
      /shape \[16\]/,
    );
    await refused({ ...lit, augments: false }, /exports no augment/);
  });
});
