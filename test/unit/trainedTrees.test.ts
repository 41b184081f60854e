/** Trees that a recipe grows: what they are, what they say while they grow, and Python's values of them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as v from "valibot";
import { csv } from "../../src/data";
import type { TrainingData } from "../../src/data/trainingData";
import { type TreeLearner, decisionTree, randomForest } from "../../src/models";
import type { NewRunEvent, RunEventOf } from "../../src/protocol/events";
import { TreeModel } from "../../src/protocol/treeModel";
import { type TreeNodes, nodeDepths, nodeOf } from "../../src/protocol/treeNodes";
import { StoppedError, UserError } from "../../src/runner/errors";
import { parseTreeFile } from "../../src/runner/explain/trees/treeFile";
import { trainTrees } from "../../src/runner/training/trees";
import { loadAnyCheckpoint, saveGrownTrees } from "../../src/runner/treeCheckpoint";
import { TreeExplainer } from "../../src/shap";
import { FamilyFixture, assertParity } from "./shapFamily";

const table = (file: string): string => path.resolve("src/scaffold/templates", file);
const tumours = (): TrainingData =>
  csv(table("tabular-classifier/data/breast-cancer.csv"), { target: "diagnosis", standardize: false });
const diabetes = (): TrainingData =>
  csv(table("tabular-regressor/data/diabetes.csv"), {
    ...{ target: "progression", task: "regression", categories: ["sex"], standardize: false },
  });

async function grow(
  learner: TreeLearner,
  data: TrainingData,
  stopRequested: (trees: number) => boolean = () => false,
  saved: TreeNodes[] = [],
): Promise<{ model: TreeModel; events: NewRunEvent[] }> {
  const events: NewRunEvent[] = [];
  const control = {
    stopRequested: () => stopRequested(events.filter(({ type }) => type === "epoch").length),
    // As the file gives them back.
    saveTrees: async (trees: readonly TreeNodes[]) =>
      void saved.splice(0, Infinity, ...(JSON.parse(JSON.stringify(trees)) as TreeNodes[])),
  };
  const model = await trainTrees(learner, data, 42, (event) => events.push(event), control, [...saved]);
  return { model, events };
}

function of<T extends NewRunEvent["type"]>(events: NewRunEvent[], type: T): Omit<RunEventOf<T>, "time">[] {
  return events.filter((event) => event.type === type) as Omit<RunEventOf<T>, "time">[];
}

/** x1 is above 0.5 in class 1; x0 says nothing. */
const simple = (rows: number): TrainingData => {
  const x = Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? (i * 7) % 5 : (i >> 1) / rows));
  const y = Float32Array.from({ length: rows }, (_, row) => Number(x[2 * row + 1] > 0.5));
  const split = { x: { data: x, shape: [rows, 2] }, y: { data: y, shape: [rows, 1] } };
  return { train: split, validation: split, classNames: ["low", "high"] };
};

const trained: [string, TreeLearner, () => TrainingData][] = [
  ["decision-tree", decisionTree({ maxDepth: 4, minNumSamples: 5, gainThreshold: 0.01 }), tumours],
  ["random-forest", randomForest({ nEstimators: 4, maxFeatures: 0.5, maxDepth: 4, minNumSamples: 5 }), diabetes],
];
for (const [name, learner, data] of trained)
  describe(`trees of the template ${name}`, () => {
    const fixture = new FamilyFixture(`trained-${name}`);
    const text = fixture.text("model");
    const { ensemble } = parseTreeFile(text);
    const samples = fixture.rows("samples");

    it("are grown again from the same data and seed", async () => {
      const { model } = await grow(learner, data());
      assert.deepEqual(model, JSON.parse(text));
      assert.deepEqual(v.parse(TreeModel, JSON.parse(text)), model);
    });

    it("have Python's SHAP values, path-dependent, interventional and in pairs", async () => {
      const bound = 1e-6;
      const path = await new TreeExplainer(ensemble).shapValues(samples);
      assertParity("path-dependent", path.values, fixture.numbers("path").data, bound);
      assertParity("expected", path.expectedValue, fixture.numbers("path_expected").data, bound);
      const against = await new TreeExplainer(ensemble, fixture.rows("background")).shapValues(samples);
      assertParity("interventional", against.values, fixture.numbers("interventional").data, bound);
      assertParity("expected", against.expectedValue, fixture.numbers("interventional_expected").data, bound);
      const pairs = await new TreeExplainer(ensemble).shapInteractionValues(samples);
      assertParity("interactions", pairs.values, fixture.numbers("interactions").data, bound);
    });
  });

describe("growing trees", () => {
  it("finds the one split there is, counts the rows on either side, and tells their classes", async () => {
    const { model, events } = await grow(decisionTree({ maxDepth: 3 }), simple(20));
    const [tree] = model.trees;
    assert.deepEqual(
      [tree.children_left, tree.children_right, tree.feature],
      [
        [1, -1, -1],
        [2, -1, -1],
        [1, -1, -1],
      ],
    );
    assert.ok(tree.threshold[0] >= 0.5 && tree.threshold[0] < 0.55, String(tree.threshold[0]));
    assert.deepEqual(tree.weighted_n_node_samples, [20, 11, 9]);
    assert.deepEqual(tree.value.slice(1), [
      [1, 0],
      [0, 1],
    ]);
    assert.deepEqual(model.output_names, ["low", "high"]);
    const [evaluation] = of(events, "evaluation");
    assert.deepEqual(evaluation.confusion, [
      [11, 0],
      [0, 9],
    ]);
  });

  it("scores a single tree level by level, as fewer levels would have grown it", async () => {
    const { model, events } = await grow(decisionTree({ maxDepth: 4, minNumSamples: 5 }), tumours());
    const levels = Math.max(...nodeDepths(model.trees[0]));
    const epochs = of(events, "epoch");
    assert.deepEqual(
      epochs.map(({ epoch }) => epoch),
      Array.from({ length: levels }, (_, i) => i + 1),
    );
    const shallow = await grow(decisionTree({ maxDepth: 2, minNumSamples: 5 }), tumours());
    assert.deepEqual(of(shallow.events, "epoch")[1].metrics, epochs[1].metrics);
  });

  it("scores a forest tree by tree, by the mean of its trees", async () => {
    const data = diabetes();
    const { model, events } = await grow(randomForest({ nEstimators: 5, maxDepth: 3 }), data);
    assert.equal(of(events, "epoch").length, 5);
    const { x, y } = data.test ?? data.validation;
    const [rows, features] = x.shape;
    let absolute = 0;
    for (let row = 0; row < rows; row++) {
      const answers = model.trees.map((tree) => tree.value[nodeOf(tree, x.data, row * features)][0]);
      absolute += Math.abs(answers.reduce((sum, answer) => sum + answer, 0) / answers.length - y.data[row]);
    }
    const [{ metrics, confusion, predictions = [] }] = of(events, "evaluation");
    assert.deepEqual(predictions[0].truth.slice(0, 3), Array.from(y.data.subarray(0, 3)));
    assert.equal(predictions[0].predicted.length, rows);
    assert.ok(Math.abs(metrics["mae"] - absolute / rows) < 1e-9);
    assert.ok(metrics["r2"] > 0.3 && confusion === undefined, JSON.stringify(metrics));
  });

  it("draws rows and features anew for each tree, by the seed", async () => {
    const learner = randomForest({ nEstimators: 2, maxFeatures: 0.3, maxDepth: 2 });
    const { model } = await grow(learner, tumours());
    assert.notDeepEqual(model.trees[0], model.trees[1]);
    for (const { feature } of model.trees) assert.ok(new Set(feature.filter((each) => each >= 0)).size <= 9);
    const [narrow] = (await grow(randomForest({ nEstimators: 1, maxFeatures: 0.01 }), tumours())).model.trees;
    assert.equal(new Set(narrow.feature.filter((each) => each >= 0)).size, 1);
  });

  it("stops between two trees, and goes on to the forest that never stopped", async () => {
    const forest = (nEstimators: number, maxDepth = 3): TreeLearner => randomForest({ nEstimators, maxDepth });
    const data = diabetes();
    const saved: TreeNodes[] = [];
    await assert.rejects(
      grow(forest(6), data, (trees) => trees === 2, saved),
      (error) => error instanceof StoppedError && /2 of 6/.test(error.message),
    );
    assert.equal(saved.length, 2);
    const resumed = await grow(forest(6), data, undefined, [...saved]);
    const whole = await grow(forest(6), data);
    assert.deepEqual(resumed.model, whole.model);
    const metrics = ({ events }: typeof whole): object[] => of(events, "epoch").map((event) => event.metrics);
    assert.deepEqual(metrics(resumed), metrics(whole).slice(2));
    assert.deepEqual(of(resumed.events, "evaluation"), of(whole.events, "evaluation"));
    assert.deepEqual(of(resumed.events, "checkpoint").at(-1), { type: "checkpoint", epoch: 7, batch: 0, step: 6 });
    await assert.rejects(grow(forest(6, 2), data, undefined, [...saved]), {
      name: "UserError",
      message: /of another forest/,
    });
  });

  it("is found again in the run's folder, and told from a network", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"));
    try {
      const { trees } = (await grow(randomForest({ nEstimators: 2, maxDepth: 2 }), simple(20))).model;
      await saveGrownTrees(trees, folder);
      const checkpoint = await loadAnyCheckpoint(folder);
      assert.ok("trees" in checkpoint);
      assert.deepEqual(checkpoint.trees, trees);
      assert.deepEqual([checkpoint.position.epoch, checkpoint.position.step], [3, 2]);
      writeFileSync(path.join(folder, "checkpoint", "trees.json"), '{"trees":[{}]}');
      await assert.rejects(loadAnyCheckpoint(folder), { name: "UserError", message: /damaged/ });
      rmSync(path.join(folder, "checkpoint"), { recursive: true });
      await assert.rejects(loadAnyCheckpoint(folder), { name: "UserError", message: /no checkpoint/ });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("refuses what trees cannot learn from, and options that are none", async () => {
    const pictures: TrainingData = { ...simple(8) };
    pictures.train = { ...pictures.train, x: { data: pictures.train.x.data, shape: [8, 2, 1] } };
    const gaps = simple(8);
    gaps.train.x.data[3] = NaN;
    for (const [data, message] of [
      [pictures, /\[rows, features\]|\[8, 2, 1\]/],
      [gaps, /missing or infinite/],
    ] as const)
      await assert.rejects(
        grow(decisionTree(), data),
        (error) => error instanceof UserError && message.test(error.message),
      );
    assert.throws(() => decisionTree({ maxDepth: 0 }), /maxDepth/);
    assert.throws(() => randomForest({ nEstimators: 1.5 }), /nEstimators/);
    assert.throws(() => randomForest({ maxFeatures: 3 }), /maxFeatures/);
  });

  it("takes a file of trees only where its arrays are trees", async () => {
    const { model } = await grow(decisionTree({ maxDepth: 2 }), simple(20));
    const broken = (change: (model: TreeModel) => void): unknown => {
      const copy = structuredClone(model);
      change(copy);
      return copy;
    };
    assert.ok(v.is(TreeModel, model));
    for (const value of [
      broken(({ trees: [tree] }) => (tree.children_left[0] = 0)),
      broken(({ trees: [tree] }) => (tree.children_left[0] = 2)),
      broken(({ trees: [tree] }) => tree.threshold.pop()),
      broken(({ trees: [tree] }) => (tree.feature[0] = 2)),
      broken(({ trees: [tree] }) => tree.value[1].pop()),
      broken((copy) => (copy.trees = [])),
    ])
      assert.ok(!v.is(TreeModel, value));
  });
});
