/** `explain --judge`, in process: scores in the file, bounds of the values, and the curves that are drawn. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { readExplanation, writeExplanation } from "../../src/npz";
import { parseMeta } from "../../src/protocol/explanationMeta";
import { JUDGE_NAMES } from "../../src/protocol/judgement";
import { openBackend } from "../../src/runner/backends";
import { StoppedError, UsageError } from "../../src/runner/errors";
import { type ComputeOptions, computeExplanation } from "../../src/runner/explain/compute";
import { type Explainable, layersExplainable } from "../../src/runner/explain/explainable";
import { describeJudgement, parseJudges } from "../../src/runner/explain/judge";
import { layoutFaithfulness } from "../../webview/plots/layout/faithfulness";
import { noise } from "./shapModels";
import { withValues } from "./takenValues";

const OPTIONS: ComputeOptions = {
  method: "deep",
  parameters: {},
  chunkMB: 64,
  seed: 1,
  backend: "cpu",
  model: "small",
  stopRequested: () => false,
  progress: () => undefined,
  takeValues: async () => undefined,
};

describe("explain --judge", () => {
  let model: tf.LayersModel;
  let explainable: Explainable;
  const inputs = {
    samples: noise([3, 5], 1),
    background: noise([8, 5], 2),
    sampleIndices: [0, 1, 2],
  };
  before(async () => {
    await openBackend("cpu");
    model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, activation: "tanh", inputShape: [5] }),
        tf.layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    tf.tidy(() =>
      model.setWeights(model.getWeights().map(({ shape }, i) => tf.tensor(noise(shape, 10 + i).data, shape))),
    );
    explainable = await layersExplainable(model);
  });
  after(() => model.dispose());

  it("stores every score, and an interval for each value, in the file", async () => {
    const tensors = tf.memory().numTensors;
    const seen: number[] = [];
    const explanation = await withValues((takeValues) =>
      computeExplanation(explainable, inputs, {
        ...OPTIONS,
        method: "exact",
        judges: JUDGE_NAMES,
        takeValues,
        progress: (fraction) => seen.push(fraction),
      }),
    );
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(seen.every((fraction, i) => i === 0 || fraction >= seen[i - 1]) && seen[seen.length - 1] === 1);
    const read = readExplanation(writeExplanation(explanation));
    const { judgement } = read.meta;
    assert.deepEqual(judgement, explanation.meta.judgement);
    assert.ok(judgement?.additivity && judgement.faithfulness && judgement.infidelity && judgement.stability);
    assert.equal(judgement.samples, 3);
    assert.ok(judgement.additivity.mean <= judgement.additivity.max && judgement.additivity.max < 1e-5);
    assert.ok(judgement.faithfulness.deletionArea < judgement.faithfulness.insertionArea);
    // Values of nothing but 0 get 1.
    assert.ok(judgement.infidelity.relative < 0.5);
    assert.ok(read.values.every((value, i) => (read.lowerBounds?.[i] ?? NaN) <= value));
    assert.ok(read.values.every((value, i) => (read.upperBounds?.[i] ?? NaN) >= value));
    assert.equal(describeJudgement(judgement).length, 7);
  });

  it("takes ranked outputs by their first, and leaves out what is not asked for", async () => {
    const { meta, lowerBounds } = await computeExplanation(explainable, inputs, {
      ...OPTIONS,
      method: "gradient",
      parameters: { rankedOutputs: 2, nsamples: 20 },
      judges: parseJudges("stability, infidelity"),
    });
    assert.deepEqual(Object.keys(meta.judgement ?? {}).sort(), ["infidelity", "samples", "seed", "stability"]);
    assert.equal(lowerBounds, undefined, "the columns are no outputs of the model");
    assert.ok((meta.judgement?.infidelity?.relative ?? 1) < 0.5);
  });

  it("stops between the steps of a judge", async () => {
    let explained = false;
    const options: ComputeOptions = {
      ...OPTIONS,
      judges: ["stability"],
      progress: (fraction) => (explained ||= fraction >= 1 / 4),
      stopRequested: () => explained,
    };
    await assert.rejects(computeExplanation(explainable, inputs, options), StoppedError);
  });

  it("names the judges there are where one is unknown", () => {
    assert.deepEqual(parseJudges(true), JUDGE_NAMES);
    assert.deepEqual(parseJudges("max-sensitivity,additivity"), ["additivity", "maxSensitivity"]);
    assert.throws(
      () => parseJudges("beauty"),
      (error) => error instanceof UsageError && /faithfulness/.test(error.advice ?? ""),
    );
  });

  it("a score of another kind is left out of a file's meta, the others stay", () => {
    const { judgement } = parseMeta(
      JSON.stringify({
        judgement: { samples: 2, seed: 1, infidelity: "low", stability: { relativeWidth: 1, resamples: 3 } },
      }),
    );
    assert.deepEqual(judgement, {
      samples: 2,
      seed: 1,
      stability: { relativeWidth: 1, resamples: 3 },
      ...{ infidelity: undefined },
    });
    assert.equal(parseMeta(JSON.stringify({ judgement: 5, method: "deep" })).judgement, undefined);
  });

  it("curves are drawn from the lowest to the highest output, and pass over what is no number", () => {
    const fractions = [0, 0.5, 1];
    const curves = { fractions, deletion: [1, 0, 0], insertion: [0, NaN, 1], random: [1, 0.5, 0] };
    const { deletion, insertion, ticks, left, right, bottom } = layoutFaithfulness(curves, 300, 100);
    const middle = (left + right) / 2;
    const top = ticks[2].y;
    assert.deepEqual(
      ticks.map(({ value }) => value),
      [0, 0.5, 1],
    );
    assert.equal(deletion, `${left},${top} ${middle},${bottom} ${right},${bottom}`);
    assert.equal(insertion, `${left},${bottom} ${right},${top}`);
  });
});
