import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../protocol/ndArray";
import { disposeGraph, type Graph, readGraph } from "./deep/graph";
import { type Pass, passForward } from "./deep/pass";
import { type Plan, planBlocks } from "./deep/plan";
import { type Chunk, type Multipliers, addDifferences, densify } from "./deep/rule";
import type { ShapValues } from "./shapValues";

export interface DeepOptions {
  /**
   * Memory in MiB for the arrays between the inputs and the result: activities, multipliers and their copies on the
   * backend. One sample and one reference take what they need in any case. Default 256.
   */
  chunkMB?: number;
  /** Called after each chunk with the fraction done in [0, 1]. */
  onProgress?: (fraction: number) => void;
  /** Checked between chunks; its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * Deep SHAP: the SHAP values phi of a network's inputs, approximated by DeepLIFT's rescale rule against each reference
 * of a background and averaged over it (Lundberg & Lee 2017, section 4.2; Shrikumar et al. 2017). The
 * same numbers as Python's `shap.DeepExplainer` computes for TensorFlow.
 *
 * Samples and references pass forward in blocks; multipliers pass backward for all outputs at once, in chunks of pairs
 * (sample, reference) of two blocks. Blocks of samples are the outer loop, since the sums over the background are as
 * large as the result. The passes of references are kept as far as they fit.
 */
export class DeepExplainer {
  readonly #graph: Graph;
  /** Passes of blocks of references, by their first row, and the plan that they were made by. */
  readonly #kept = new Map<number, Pass>();
  #keptBy: Plan | undefined;
  readonly #featureShape: readonly number[];
  /** Of each array: whether it is the model's input, perhaps in another shape. */
  readonly #isModelInput: readonly boolean[];

  /**
   * @param model one input, one output of shape [batch, outputs]. Its weights are read at once: on a backend that
   *   cannot do that, `await readWeights(model)` first.
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

    const expectedValue = new Float64Array(outputs);

    const plan = planBlocks(this.#graph, chunkMB, samples, references);
    const width = features * outputs;
    for (let firstSample = 0; firstSample < samples; firstSample += plan.samples) {
      const count = Math.min(plan.samples, samples - firstSample);
      const rows = x.data.subarray(firstSample * features, (firstSample + count) * features);
      const pass = await passForward(this.#graph, rows, count, "samples");
      predictions.set(pass.output, firstSample * outputs);
      // [count, features, outputs], in float64 as a sum over the whole background.
      const sums = new Float64Array(count * width);
      const referencesAtOnce = Math.max(1, Math.floor(plan.pairs / count));
      for (let block = 0; block < references; block += plan.references) {
        signal?.throwIfAborted();
        const blockRows = Math.min(plan.references, references - block);
        const blockPass = await this.#referencePass(block, blockRows, plan);
        if (firstSample === 0) addRows(expectedValue, blockPass.output);
        for (let firstReference = 0; firstReference < blockRows; firstReference += referencesAtOnce) {
          signal?.throwIfAborted();
          const here = Math.min(referencesAtOnce, blockRows - firstReference);
          const chunk = { samples: count, references: here, firstReference, outputs };
          await this.#addContributions(sums, pass, blockPass, chunk);
          onProgress?.((firstSample + (count * (block + firstReference + here)) / references) / samples);
          // Lets signals and timers in.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      for (let i = 0; i < sums.length; i++) values[firstSample * width + i] = sums[i] / references;
    }
    for (let output = 0; output < outputs; output++) expectedValue[output] /= references;
    const additivityError = worstSum(values, predictions, expectedValue, features);
    return { samples, featureShape: this.#featureShape, outputs, values, expectedValue, predictions, additivityError };
  }

  /** Frees the constants on the backend and the references' passes; the model stays. */
  dispose(): void {
    this.#kept.clear();
    disposeGraph(this.#graph);
  }

  #checkRows({ shape, data }: NdArray, what: string): void {
    const fits = tf.util.arraysEqual(shape.slice(1), [...this.#featureShape]);
    if (!fits || shape.length === 0 || shape[0] < 1 || data.length !== sizeOf(shape)) {
      const wanted = ["n", ...this.#featureShape].join(", ");
      throw new RangeError(`The ${what} have the shape [${shape.join(", ")}]; the model takes [${wanted}].`);
    }
  }

  /** The pass of the block of `rows` references that begins at the row `first`. */
  async #referencePass(first: number, rows: number, plan: Plan): Promise<Pass> {
    if (this.#keptBy?.references !== plan.references || this.#keptBy.kept !== plan.kept) this.#kept.clear();
    this.#keptBy = plan;
    const known = this.#kept.get(first);
    if (known) return known;
    const features = sizeOf(this.#featureShape);
    const data = this.background.data.subarray(first * features, (first + rows) * features);
    const pass = await passForward(this.#graph, data, rows, "references");
    if (first + rows <= plan.kept) this.#kept.set(first, pass);
    return pass;
  }

  /** Passes multipliers back through the whole model and adds (x - r) * m, summed over the references, to `sums`. */
  async #addContributions(sums: Float64Array, sample: Pass, reference: Pass, chunk: Chunk): Promise<void> {
    const { operations, shapes, output } = this.#graph;
    const inputs = { x: sample.input, r: reference.input };
    const pending: (Multipliers | undefined)[] = [];
    pending[output] = { kind: "dense", values: identities(chunk) };
    for (let i = operations.length - 1; i >= 0; i--) {
      const { rule, inputs: to, output: from } = operations[i];
      const multipliers = pending[from];
      if (!multipliers) continue;
      pending[from] = undefined;
      if (rule.contribute && this.#isModelInput[to[0]]) {
        await rule.contribute(multipliers, chunk, inputs, sums);
        continue;
      }
      const back = await rule.backward(multipliers, chunk, sample.activities[i], reference.activities[i]);
      to.forEach((array, k) => {
        const already = pending[array];
        pending[array] = already ? total(already, back[k], chunk, sizeOf(shapes[array])) : back[k];
      });
    }
    if (pending[0]) {
      addDifferences(sums, densify(pending[0], chunk, sizeOf(this.#featureShape)), chunk, inputs);
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
  const values = densify(b, chunk, units);
  for (let i = 0; i < values.length; i++) sum[i] += values[i];
  return { kind: "dense", values: sum };
}

/** Adds rows [rows, sums] to their sums. */
function addRows(sums: Float64Array, rows: Float32Array): void {
  for (let i = 0; i < rows.length; i++) sums[i % sums.length] += rows[i];
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
