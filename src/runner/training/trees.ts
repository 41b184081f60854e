/** Growing trees: in place of the training loop where a recipe's model is of trees. Knows no process and no files. */
import { setImmediate as yieldToEvents } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type Inputs, isSource } from "../../data/inputs";
import type { Split, TrainingData } from "../../data/trainingData";
import type { TreeLearner, TreeTable } from "../../models/trees/treeLearner";
import { accuracy } from "../../protocol/classification";
import type { EventSink } from "../../protocol/events";
import { type Metrics, indexOfHighest } from "../../protocol/numbers";
import { type Predictions, predictionsOf, regressionScores } from "../../protocol/regression";
import { TREE_MODEL_FORMAT, type TreeModel } from "../../protocol/treeModel";
import { type TreeNodes, nodeDepths, nodeOf } from "../../protocol/treeNodes";
import type { CheckpointPosition } from "../checkpoint";
import { StoppedError, UserError } from "../errors";
import type { Recipe } from "../recipe";
import { BEGINNING, CHECKPOINT_INTERVAL } from "./train";

/** What growing trees asks of the outside. */
export interface TreeControl {
  /** Asked before each tree. */
  stopRequested: () => boolean;
  /** Writes a checkpoint of the trees so far. */
  saveTrees: (trees: readonly TreeNodes[]) => Promise<void>;
}

/** Where a forest of so many trees stands. */
export function treePosition(trees: number): CheckpointPosition {
  return { ...BEGINNING, epoch: trees + 1, step: trees };
}

/** @throws UserError where a recipe of trees has what only a model that learns by steps can use. */
export function checkTreeRecipe(
  { own, fineTune, onTrainEnd }: Recipe,
  data: TrainingData<Inputs>,
): asserts data is TrainingData {
  const { classWeight, train, validation, test } = data;
  if ([train, validation, test].some((split) => split && isSource(split.x))) {
    throw new UserError(
      "Trees are grown from all rows at once, and the recipe's data reads them batch by batch.",
      "Load it into memory: leave lazy out; or take fewer rows, or train a network.",
    );
  }
  if (classWeight) {
    throw new UserError(
      "The recipe's data has a classWeight, and the trees' library weighs no examples.",
      "Leave it out, or train a network.",
    );
  }
  const name = own ? "trainStep" : fineTune ? "fineTune" : onTrainEnd ? "onTrainEnd" : undefined;
  if (name === undefined) return;
  throw new UserError(
    `createModel() returned trees, and the recipe exports ${name}, which trees have no use for.`,
    "Leave it out.",
  );
}

/**
 * Grows a recipe's trees and evaluates them. After each tree of a forest, or for each level of a single one, there is an
 * `epoch` event with the scores of what stands so far.
 *
 * @param grown the first trees of a forest, from a checkpoint: it becomes the same as if it had never stopped, since a tree
 *   depends on nothing but the data, its number and the seed.
 * @throws UserError where trees cannot learn from the data, or the checkpoint's are of another forest.
 * @throws StoppedError after a checkpoint, where a stop was requested.
 */
export async function trainTrees(
  learner: TreeLearner,
  data: TrainingData,
  seed: number,
  sink: EventSink,
  { stopRequested, saveTrees }: TreeControl,
  grown: readonly TreeNodes[] = [],
): Promise<TreeModel> {
  const table = tableOf(data);
  const features = data.train.x.shape[1];
  const outputs = table.classes ?? 1;
  const task = table.classes === undefined ? "regression" : "classification";
  sink({ type: "trees", kind: learner.kind, task, trees: learner.count, features });
  const held = data.test ?? data.validation;
  const scored = [data.train, data.validation, held].map((split) => new Answers(split, outputs));
  const [train, validation, test] = scored;
  const trees: TreeNodes[] = grown.slice(0, learner.count);
  checkSameForest(trees, learner, table, seed);
  trees.forEach((tree) => scored.forEach((answers) => answers.add(tree)));
  const checkpoint = async (): Promise<void> => {
    // A single tree is grown in one go: there is nothing to go on from.
    const kept = learner.kind === "random forest" ? trees : [];
    await saveTrees(kept);
    const { epoch, batch, step } = treePosition(kept.length);
    sink({ type: "checkpoint", epoch, batch, step });
  };
  let lastCheckpoint = performance.now();
  let began = performance.now();
  const report = (epoch: number, epochs: number): void => {
    const seconds = (performance.now() - began) / 1000;
    began = performance.now();
    const metrics = train.scores();
    const rate = { examplesPerSecond: train.rows / seconds };
    const batch = { firstStep: epoch, batch: 1, batchesPerEpoch: 1 };
    const values = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, [value]]));
    sink({ type: "batches", epoch, epochs, ...batch, metrics: values, ...rate });
    const heldOut: [string, number][] = Object.entries(validation.scores()).map(([name, value]) => [
      `val_${name}`,
      value,
    ]);
    sink({
      type: "epoch",
      epoch,
      epochs,
      step: epoch,
      seconds,
      ...rate,
      metrics: { ...metrics, ...Object.fromEntries(heldOut) },
    });
  };
  for (let number = trees.length; number < learner.count; number++) {
    // Lets signals in: a tree is grown in one go.
    await yieldToEvents();
    if (stopRequested()) {
      await checkpoint();
      throw new StoppedError(`Stopped after ${number} of ${learner.count} trees.`);
    }
    const tree = learner.grow(table, number, seed);
    trees.push(tree);
    if (learner.kind === "random forest") {
      scored.forEach((answers) => answers.add(tree));
      report(number + 1, learner.count);
      if (number + 1 === learner.count || performance.now() - lastCheckpoint >= CHECKPOINT_INTERVAL) {
        await checkpoint();
        lastCheckpoint = performance.now();
      }
      continue;
    }
    // The splits of a level do not depend on those below: a tree cut there is the one that fewer levels give.
    const levels = Math.max(1, ...nodeDepths(tree));
    for (let level = 1; level <= levels; level++) {
      scored.forEach((answers) => answers.replace(tree, level));
      report(level, levels);
    }
  }
  sink({
    type: "evaluation",
    split: data.test ? "test" : "validation",
    metrics: test.finalScores(),
    ...(table.classes === undefined
      ? { predictions: test.predictions(data.targetNames) }
      : { confusion: test.confusion() }),
    ...(data.classNames ? { classNames: [...data.classNames] } : {}),
  });
  const names = table.classes === undefined ? data.targetNames : data.classNames;
  return {
    format: TREE_MODEL_FORMAT,
    kind: learner.kind,
    task,
    combine: "mean",
    n_features: features,
    feature_names:
      data.featureNames?.length === features
        ? [...data.featureNames]
        : Array.from({ length: features }, (_, i) => `Feature ${i}`),
    output_names:
      names?.length === outputs ? [...names] : Array.from({ length: outputs }, (_, k) => `${outputs > 1 ? k : "y"}`),
    trees,
  };
}

/** @throws UserError where data or recipe have changed since the trees were grown: the first one would be another now. */
function checkSameForest(grown: readonly TreeNodes[], learner: TreeLearner, table: TreeTable, seed: number): void {
  if (grown.length === 0 || isDeepStrictEqual(grown[0], learner.grow(table, 0, seed))) return;
  throw new UserError(
    "The checkpoint's trees are of another forest: the data or the recipe's options have changed.",
    "Undo the change, or train anew in a new run.",
  );
}

/** @throws UserError */
function tableOf({ train, classNames }: TrainingData): TreeTable {
  const { x, y } = train;
  const [rows, features] = x.shape;
  if (x.shape.length !== 2)
    throw new UserError(
      `Trees take rows of features; train.x has the shape [${x.shape.join(", ")}].`,
      "Return x of shape [rows, features] from data().",
    );
  for (const value of x.data)
    if (!Number.isFinite(value))
      throw new UserError(
        "There are missing or infinite values in train.x, by which no tree can be split.",
        'Fill them in: csv(…, { missing: "fill" }).',
      );
  const width = y.shape.slice(1).reduce((size, n) => size * n, 1);
  const ofClasses = width > 1 || classNames !== undefined;
  const classes = ofClasses ? Math.max(width, classNames?.length ?? 0, 2) : undefined;
  const targets = targetsOf(train, width);
  const wrong = ofClasses ? targets.find((target) => !Number.isInteger(target) || target < 0) : undefined;
  if (wrong !== undefined)
    throw new UserError(`A class of train.y is ${wrong}.`, "Give one-hot rows, or class numbers from 0 on.");
  return {
    rows: Array.from({ length: rows }, (_, row) => Array.from(x.data.subarray(row * features, (row + 1) * features))),
    targets,
    classes,
  };
}

/** Class numbers of one-hot rows; a single column as it is. */
function targetsOf({ y }: Split, width: number): number[] {
  if (width === 1) return Array.from(y.data);
  return Array.from({ length: y.shape[0] }, (_, row) =>
    indexOfHighest(y.data.subarray(row * width, (row + 1) * width)),
  );
}

/** What the trees so far answer to a split, and how good that is. */
class Answers {
  readonly rows: number;
  readonly #targets: readonly number[];
  readonly #features: number;
  /** [rows, outputs]: sums over the trees. */
  #sums: Float64Array;
  #trees = 0;

  constructor(
    private readonly split: Split,
    private readonly outputs: number,
  ) {
    [this.rows, this.#features] = split.x.shape;
    this.#targets = targetsOf(split, split.y.data.length / this.rows);
    this.#sums = new Float64Array(this.rows * outputs);
  }

  /** One tree more. */
  add(tree: TreeNodes, depth: number = Infinity): void {
    for (let row = 0; row < this.rows; row++) {
      const value = tree.value[nodeOf(tree, this.split.x.data, row * this.#features, depth)];
      for (let k = 0; k < this.outputs; k++) this.#sums[row * this.outputs + k] += value[k];
    }
    this.#trees++;
  }

  /** This tree alone, cut at a depth. */
  replace(tree: TreeNodes, depth: number): void {
    this.#sums.fill(0);
    this.#trees = 0;
    this.add(tree, depth);
  }

  /** Of classes the accuracy; of quantities the mean squared and the mean absolute error. */
  scores(): Metrics {
    if (this.outputs > 1) return { accuracy: accuracy(this.confusion()) };
    const { loss, mae } = this.#errors();
    return { loss, mae };
  }

  /** The same, and R² of quantities. */
  finalScores(): Metrics {
    return this.outputs > 1 ? this.scores() : this.#errors();
  }

  /** Rows are the true class, columns the one with the largest share. */
  confusion(): number[][] {
    const { outputs } = this;
    const counts = Array.from({ length: outputs }, () => new Array<number>(outputs).fill(0));
    this.#targets.forEach((target, row) => {
      const line = counts[target] as number[] | undefined;
      if (line) line[indexOfHighest(this.#sums.subarray(row * outputs, (row + 1) * outputs))]++;
    });
    return counts;
  }

  /** Of a quantity. */
  predictions(names?: readonly string[]): Predictions[] {
    const predicted = this.#sums.map((sum) => sum / this.#trees);
    return predictionsOf(predicted, this.#targets, 1, names);
  }

  #errors(): { loss: number; mae: number; r2: number } {
    const predicted = this.#sums.map((sum) => sum / this.#trees);
    const squares = predicted.reduce((sum, value, row) => sum + (value - this.#targets[row]) ** 2, 0);
    return { loss: squares / this.rows, ...regressionScores(predicted, this.#targets, 1) };
  }
}
