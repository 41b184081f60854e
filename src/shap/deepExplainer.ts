import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../protocol/ndArray";
import { disposeGraph, type Graph, readGraph } from "./deep/graph";
import { type Activity, addDifferences, type Chunk, densify, type Multipliers, scoped } from "./deep/rule";
import type { ShapValues } from "./shapValues";

export interface DeepOptions {
  /** Memory that intermediate arrays of one chunk may take, in MiB. Default 256. */
  chunkMB?: number;
  /** Called after each chunk with the fraction done in [0, 1]. */
  onProgress?: (fraction: number) => void;
  /** Checked between chunks; its reason is thrown. */
  signal?: AbortSignal;
}

/** One forward pass over some rows. */
interface Pass {
  /** [rows, units] of the model's input. */
  input: Float32Array;
  /** [rows, outputs]. */
  output: Float32Array;
  /** Of each operation, where it is nonlinear. */
  activities: (Activity | undefined)[];
}

/** Larger chunks are no faster: their arrays leave the processor's cache. */
const ENOUGH_MB = 16;
/** Samples whose activities are held at once. */
const MOST_SAMPLES = 32;

/**
 * Deep SHAP: the SHAP values phi of a network's inputs, approximated by DeepLIFT's rescale rule against each reference
 * of a background and averaged over it (Lundberg & Lee 2017, section 4.2; Shrikumar et al. 2017). The
 * same numbers as Python's `shap.DeepExplainer` computes for TensorFlow.
 *
 * Samples and references pass forward once each; multipliers pass backward for all outputs at once, in chunks of
 * pairs (sample, reference).
 */
export class DeepExplainer {
  readonly #graph: Graph;
  readonly #references: Pass;
  readonly #featureShape: readonly number[];
  /** Of each array: whether it is the model's input, perhaps in another shape. */
  readonly #isModelInput: readonly boolean[];

  /**
   * @param model one input, one output of shape [batch, outputs].
   * @param background [references, ...features].
   * @throws UnsupportedLayerError where a layer has no rule. @throws RangeError where a shape does not fit.
   */
  constructor(
    readonly model: LayersModel,
    readonly background: NdArray,
  ) {
    this.#graph = readGraph(model);
    this.#featureShape = this.#graph.shapes[0];
    this.#isModelInput = this.#graph.operations.reduce<boolean[]>(
      (known, { rule, inputs, output }) => {
        known[output] = rule.renames === true && known[inputs[0]];
        return known;
      },
      [true],
    );
    try {
      this.#checkRows(background, "background");
      this.#references = this.#forward(background.data, background.shape[0], "references");
    } catch (error) {
      disposeGraph(this.#graph);
      throw error;
    }
  }

  /**
   * @param x [samples, ...features].
   * @throws RangeError where its shape does not fit. @throws the signal's reason.
   */
  async shapValues(x: NdArray, options: DeepOptions = {}): Promise<ShapValues> {
    const { chunkMB = 256, onProgress, signal } = options;
    this.#checkRows(x, "samples");
    const [samples, references] = [x.shape[0], this.background.shape[0]];
    const features = sizeOf(this.#featureShape);
    const outputs = sizeOf(this.#graph.shapes[this.#graph.output]);
    const values = new Float32Array(samples * features * outputs);
    const predictions = new Float32Array(samples * outputs);

    const pairsAtOnce = this.#pairsWithin(Math.min(chunkMB, ENOUGH_MB), outputs);
    const samplesAtOnce = Math.min(samples, pairsAtOnce, MOST_SAMPLES);
    const referencesAtOnce = Math.min(references, Math.max(1, Math.floor(pairsAtOnce / samplesAtOnce)));
    const width = features * outputs;
    for (let firstSample = 0; firstSample < samples; firstSample += samplesAtOnce) {
      const count = Math.min(samplesAtOnce, samples - firstSample);
      const rows = x.data.subarray(firstSample * features, (firstSample + count) * features);
      const pass = this.#forward(rows, count, "samples");
      predictions.set(pass.output, firstSample * outputs);
      // [count, features, outputs], in float64 as a sum over the whole background.
      const sums = new Float64Array(count * width);
      for (let firstReference = 0; firstReference < references; firstReference += referencesAtOnce) {
        signal?.throwIfAborted();
        const here = Math.min(referencesAtOnce, references - firstReference);
        this.#addContributions(sums, pass, { samples: count, references: here, firstReference, outputs });
        onProgress?.((firstSample + (count * (firstReference + here)) / references) / samples);
        // Lets signals and timers in.
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (let i = 0; i < sums.length; i++) values[firstSample * width + i] = sums[i] / references;
    }
    const expectedValue = meanRow(this.#references.output, outputs);
    const additivityError = worstSum(values, predictions, expectedValue, features);
    return { samples, featureShape: this.#featureShape, outputs, values, expectedValue, predictions, additivityError };
  }

  /** Frees the constants on the backend; the model stays. */
  dispose(): void {
    disposeGraph(this.#graph);
  }

  #checkRows({ shape, data }: NdArray, what: string): void {
    const fits = tf.util.arraysEqual(shape.slice(1), [...this.#featureShape]);
    if (!fits || shape.length === 0 || shape[0] < 1 || data.length !== sizeOf(shape)) {
      const wanted = ["n", ...this.#featureShape].join(", ");
      throw new RangeError(`The ${what} have the shape [${shape.join(", ")}]; the model takes [${wanted}].`);
    }
  }

  /** How many pairs' multipliers fit: those of one operation's input and output at once, and their copies on the backend. */
  #pairsWithin(chunkMB: number, outputs: number): number {
    const { operations, shapes } = this.#graph;
    const unitsAt = operations.map(({ inputs, output }) =>
      [...inputs, output].reduce((total, array) => total + sizeOf(shapes[array]), 0),
    );
    const bytes = 4 * 2 * (outputs + 1) * Math.max(...unitsAt, 1);
    return Math.max(1, Math.floor((chunkMB * 2 ** 20) / bytes));
  }

  #forward(data: Float32Array, rows: number, what: "samples" | "references"): Pass {
    const { operations, shapes, output } = this.#graph;
    return scoped(() => {
      const arrays: Tensor[] = [tf.tensor(data, [rows, ...shapes[0]], "float32")];
      const activities = operations.map((operation) => {
        const inputs = operation.inputs.map((i) => arrays[i]);
        const y = tf.reshape(operation.rule.forward(inputs), [rows, ...shapes[operation.output]]);
        arrays[operation.output] = y;
        return operation.rule.observe?.(inputs[0], y, what);
      });
      return { input: data, output: arrays[output].dataSync() as Float32Array, activities };
    });
  }

  /** Passes multipliers back through the whole model and adds (x - r) * m, summed over the references, to `sums`. */
  #addContributions(sums: Float64Array, pass: Pass, chunk: Chunk): void {
    const { operations, shapes, output } = this.#graph;
    const inputs = { x: pass.input, r: this.#references.input };
    const pending: (Multipliers | undefined)[] = [];
    pending[output] = { kind: "dense", values: identities(chunk) };
    for (let i = operations.length - 1; i >= 0; i--) {
      const { rule, inputs: to, output: from } = operations[i];
      const multipliers = pending[from];
      if (!multipliers) continue;
      pending[from] = undefined;
      scoped(() => {
        if (rule.contribute && this.#isModelInput[to[0]]) {
          rule.contribute(multipliers, chunk, inputs, sums);
          return;
        }
        const back = rule.backward(multipliers, chunk, pass.activities[i], this.#references.activities[i]);
        to.forEach((array, k) => {
          const already = pending[array];
          pending[array] = already ? total(already, back[k], chunk, sizeOf(shapes[array])) : back[k];
        });
      });
    }
    if (pending[0]) {
      addDifferences(sums, densify(pending[0], chunk, sizeOf(this.#featureShape)).values, chunk, inputs);
    }
  }
}

/** [pairs, outputs, outputs]: each output depends on itself. */
function identities({ samples, references, outputs }: Chunk): Float32Array {
  const values = new Float32Array(samples * references * outputs * outputs);
  for (let pair = 0; pair < samples * references; pair++) {
    for (let output = 0; output < outputs; output++) values[(pair * outputs + output) * outputs + output] = 1;
  }
  return values;
}

/** An array that several operations read gets the sum of what they pass back. */
function total(a: Multipliers, b: Multipliers, chunk: Chunk, units: number): Multipliers {
  const sum = densify(a, chunk, units);
  const { values } = densify(b, chunk, units);
  for (let i = 0; i < values.length; i++) sum.values[i] += values[i];
  return sum;
}

function meanRow(rows: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width] += rows[i];
  return mean.map((sum) => sum / (rows.length / width));
}

/** max over samples and outputs of |sum(phi) + E[f] - f(x)|. */
function worstSum(values: Float32Array, predictions: Float32Array, expected: Float64Array, features: number): number {
  const outputs = expected.length;
  let worst = 0;
  for (let sample = 0; sample < predictions.length / outputs; sample++) {
    const sums = expected.map((mean, output) => mean - predictions[sample * outputs + output]);
    let at = sample * features * outputs;
    for (let feature = 0; feature < features; feature++) {
      for (let output = 0; output < outputs; output++) sums[output] += values[at++];
    }
    // A NaN stays: Math.max passes it on.
    worst = sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), worst);
  }
  return worst;
}
