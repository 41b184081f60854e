/** The model's scores on a split that it does not learn from. */
import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Metrics } from "../../protocol/numbers";
import { type Predictions, predictionsOf, regressionScores } from "../../protocol/regression";
import type { ExampleSet } from "./exampleSets";
import { type Forward, evaluationStep, metricNames, readMetrics } from "./step";

/**
 * Loss and metrics over all examples of a split: the batches' means, weighted by their sizes.
 *
 * @param rows of a batch.
 * @param onBatch gets each batch's outputs and targets before they are disposed.
 */
export async function evaluate(
  model: LayersModel,
  examples: ExampleSet,
  rows: number,
  forward: Forward,
  onBatch?: (outputs: tf.Tensor, targets: tf.Tensor) => Promise<void>,
): Promise<Metrics> {
  const sums: Metrics = Object.fromEntries(metricNames(model).map((name) => [name, 0]));
  for await (const { x, y } of examples.inOrder(rows)) {
    const [count] = x.shape;
    const { metrics, outputs } = evaluationStep(model, x, y, forward);
    try {
      await onBatch?.(outputs, y);
      for (const [name, value] of Object.entries(await readMetrics(model, metrics))) sums[name] += value * count;
    } finally {
      outputs.dispose();
      x.dispose();
      y.dispose();
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / examples.count]));
}

/**
 * Scores by what the model answers. A classifier has a confusion matrix: rows are the true class, columns the predicted one;
 * a single output is class 1 above one half. A model of quantities has `mae` and `r2` among its metrics, and its predictions.
 */
export async function evaluateAnswers(
  model: LayersModel,
  examples: ExampleSet,
  rows: number,
  forward: Forward,
  targetNames?: readonly string[],
): Promise<{ metrics: Metrics; confusion?: number[][]; predictions?: Predictions[] }> {
  const outputShape = model.outputs[0].shape;
  const units = outputShape.length === 2 ? outputShape[1] : null;
  if (units !== null && isRegressor(model)) {
    return evaluateQuantities(model, examples, rows, units, forward, targetNames);
  }
  if (units === null || !isClassifier(model)) return { metrics: await evaluate(model, examples, rows, forward) };
  const classes = Math.max(2, units);
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const metrics = await evaluate(model, examples, rows, forward, async (outputs, targets) => {
    const predicted = classesOf(await outputs.data(), outputs.shape[0]);
    const truth = classesOf(await targets.data(), targets.shape[0]);
    truth.forEach((label, i) => {
      const row = confusion[label] as number[] | undefined;
      if (row) row[predicted[i]]++;
    });
  });
  return { metrics, confusion };
}

async function evaluateQuantities(
  model: LayersModel,
  examples: ExampleSet,
  rows: number,
  units: number,
  forward: Forward,
  names?: readonly string[],
): Promise<{ metrics: Metrics; predictions: Predictions[] }> {
  const predicted: number[] = [];
  const truth: number[] = [];
  const metrics = await evaluate(model, examples, rows, forward, async (outputs, targets) => {
    for (const value of await outputs.data()) predicted.push(value);
    for (const value of await targets.data()) truth.push(value);
  });
  return {
    metrics: { ...metrics, ...regressionScores(predicted, truth, units) },
    predictions: predictionsOf(predicted, truth, units, names),
  };
}

function isRegressor(model: LayersModel): boolean {
  return typeof model.loss === "string" && /^(mean(Squared|Absolute)|logcosh$|poisson$)/.test(model.loss);
}

function isClassifier(model: LayersModel): boolean {
  return typeof model.loss === "string" && /crossentropy/i.test(model.loss);
}

/** Class numbers from rows of scores or one-hot rows, or from one number a row (a class, or a probability of class 1). */
function classesOf(values: ArrayLike<number>, rows: number): number[] {
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    if (width === 1) return Number.isInteger(values[row]) ? values[row] : values[row] > 0.5 ? 1 : 0;
    let best = 0;
    for (let k = 1; k < width; k++) if (values[row * width + k] > values[row * width + best]) best = k;
    return best;
  });
}
