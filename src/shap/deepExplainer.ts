import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../protocol/ndArray";
import { type Attributions, additivityErrors, largest, meanRow } from "./attributions";
import type { Split } from "./deep/builder";
import { disposeGraph, type Graph, readGraph } from "./deep/graph";
import { assemble } from "./deep/linear";
import { type Pass, passForward } from "./deep/pass";
import { type Plan, planBlocks } from "./deep/plan";
import { type Chunk, type Multipliers, addDifferences, densify } from "./deep/rule";
import { type RankingOptions, rankOutputs, rankedCount } from "./gradient/rankedOutputs";

export interface DeepOptions extends RankingOptions {
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
 * same numbers as Python's `shap.DeepExplainer` computes for TensorFlow, where that works; README.md beside this file says
 * what each layer's rule is.
 *
 * Samples and references pass forward in blocks; multipliers pass backward for all outputs at once, in chunks of pairs
 * (sample, reference) of two blocks. Blocks of samples are the outer loop, since the sums over the background are as
 * large as the result. The passes of references are kept as far as they fit.
 */
export class DeepExplainer {
  readonly #graph: Graph;
  readonly #background: readonly NdArray[];
  /** Passes of blocks of references, by their first row, and the plan that they were made by. */
  readonly #kept = new Map<number, Pass>();
  #keptBy: Plan | undefined;
  /** Of each of the model's inputs. */
  readonly #featureShapes: readonly (readonly number[])[];
  /** Of each array: which of the model's inputs it is, perhaps in another shape. */
  readonly #modelInput: readonly (number | undefined)[];

  /**
   * @param model one output of shape [batch, outputs]. Its weights are read at once: on a backend that cannot do that,
   *   `await readWeights(model)` first.
   * @param background [references, ...features]; of a model of several inputs, one such array an input.
   * @throws UnsupportedLayerError where a layer has no rule. @throws RangeError where a shape does not fit.
   */
  constructor(
    readonly model: LayersModel,
    readonly background: NdArray | readonly NdArray[],
  ) {
    this.#background = listed(background);
    this.#featureShapes = featureShapes(model, this.#background);
    this.#checkRows(this.#background, "background");
    this.#graph = readGraph(model, this.#featureShapes);
    const { operations, inputs } = this.#graph;
    const known: (number | undefined)[] = Array.from({ length: inputs }, (_, input) => input);
    for (const operation of operations) {
      if (operation.kind === "split") continue;
      if (operation.rule.renames) known[operation.output] = known[operation.inputs[0]];
    }
    this.#modelInput = known;
  }

  /**
   * @param x [samples, ...features]; of a model of several inputs, one such array an input.
   * @returns the SHAP values of the input, or of each: their sum over all inputs is f(x) - E[f].
   * @throws RangeError where its shape does not fit. @throws the signal's reason.
   */
  async shapValues(x: NdArray, options?: DeepOptions): Promise<Attributions>;
  async shapValues(x: readonly NdArray[], options?: DeepOptions): Promise<Attributions[]>;
  async shapValues(x: NdArray | readonly NdArray[], options: DeepOptions = {}): Promise<Attributions | Attributions[]> {
    const results = await this.#explain(listed(x), options);
    return isList(x) ? results : results[0];
  }

  async #explain(x: readonly NdArray[], options: DeepOptions): Promise<Attributions[]> {
    const { chunkMB = 256, onProgress, signal } = options;
    this.#checkRows(x, "samples");
    const [samples, references] = [x[0].shape[0], this.#background[0].shape[0]];
    const features = this.#featureShapes.map(sizeOf);
    const all = sizeOf(this.#graph.shapes[this.#graph.output]);
    const outputs = rankedCount(all, options);
    const values = features.map((size) => new Float32Array(samples * size * outputs));
    const [predictions, ranked] = [new Float32Array(samples * outputs), new Int32Array(samples * outputs)];

    const expected = new Float64Array(all);

    const plan = planBlocks(this.#graph, chunkMB, samples, references);
    for (let firstSample = 0; firstSample < samples; firstSample += plan.samples) {
      const count = Math.min(plan.samples, samples - firstSample);
      const pass = await passForward(this.#graph, rowsOf(x, firstSample, count), count, "samples");
      const chosen = rankOutputs(pass.output, all, options);
      ranked.set(chosen, firstSample * outputs);
      chosen.forEach((output, i) => {
        predictions[firstSample * outputs + i] = pass.output[Math.floor(i / outputs) * all + output];
      });
      // Of each input [count, features, outputs], in float64 as a sum over the whole background.
      const sums = features.map((size) => new Float64Array(count * size * outputs));
      const referencesAtOnce = Math.max(1, Math.floor(plan.pairs / count));
      for (let block = 0; block < references; block += plan.references) {
        signal?.throwIfAborted();
        const blockRows = Math.min(plan.references, references - block);
        const blockPass = await this.#referencePass(block, blockRows, plan);
        if (firstSample === 0) addRows(expected, blockPass.output);
        for (let firstReference = 0; firstReference < blockRows; firstReference += referencesAtOnce) {
          signal?.throwIfAborted();
          const here = Math.min(referencesAtOnce, blockRows - firstReference);
          const chunk = { samples: count, references: here, firstReference, outputs };
          await this.#addContributions(sums, pass, blockPass, chunk, chosen);
          onProgress?.((firstSample + (count * (block + firstReference + here)) / references) / samples);
          // Lets signals and timers in.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      sums.forEach((sum, input) => {
        const first = firstSample * features[input] * outputs;
        for (let i = 0; i < sum.length; i++) values[input][first + i] = sum[i] / references;
      });
    }
    const baseValues = Float64Array.from(ranked, (output) => expected[output] / references);
    const expectedValue = meanRow(baseValues, outputs);
    const additivityError = largest(additivityErrors(values, baseValues, predictions, outputs));
    return values.map((own, input) => ({
      samples,
      featureShape: this.#featureShapes[input],
      outputs,
      values: own,
      baseValues,
      expectedValue,
      predictions,
      additivityError,
      ...(options.rankedOutputs === undefined ? {} : { outputIndexes: ranked }),
    }));
  }

  /** Frees the constants on the backend and the references' passes; the model stays. */
  dispose(): void {
    this.#kept.clear();
    disposeGraph(this.#graph);
  }

  #checkRows(arrays: readonly NdArray[], what: string): void {
    const inputs = this.#featureShapes.length;
    if (arrays.length !== inputs) {
      throw new RangeError(
        `The model has ${inputs} inputs, and the ${what} are ${arrays.length}: give one array an input.`,
      );
    }
    arrays.forEach(({ shape, data }, i) => {
      const wanted = this.#featureShapes[i];
      const fits = tf.util.arraysEqual(shape.slice(1), [...wanted]);
      if (!fits || shape.length === 0 || shape[0] < 1 || data.length !== sizeOf(shape)) {
        const takes = `the model takes [${["n", ...wanted].join(", ")}]`;
        throw new RangeError(`The ${what} have the shape [${shape.join(", ")}]; ${takes}.`);
      }
      if (shape[0] !== arrays[0].shape[0]) {
        throw new RangeError(`The ${what} have ${arrays[0].shape[0]} rows of one input and ${shape[0]} of another.`);
      }
    });
  }

  /** The pass of the block of `rows` references that begins at the row `first`. */
  async #referencePass(first: number, rows: number, plan: Plan): Promise<Pass> {
    if (this.#keptBy?.references !== plan.references || this.#keptBy.kept !== plan.kept) this.#kept.clear();
    this.#keptBy = plan;
    const known = this.#kept.get(first);
    if (known) return known;
    const pass = await passForward(this.#graph, rowsOf(this.#background, first, rows), rows, "references");
    if (first + rows <= plan.kept) this.#kept.set(first, pass);
    return pass;
  }

  /** Passes multipliers back through the whole model and adds (x - r) * m, summed over the references, to `sums`. */
  async #addContributions(
    sums: Float64Array[],
    sample: Pass,
    reference: Pass,
    chunk: Chunk,
    chosen: Int32Array,
  ): Promise<void> {
    const { operations, shapes, output } = this.#graph;
    const inputs = sample.inputs.map((x, i) => ({ x, r: reference.inputs[i] }));
    const pending: (Multipliers | undefined)[] = [];
    const add = (array: number, back: Multipliers): void => {
      const already = pending[array];
      pending[array] = already ? total(already, back, chunk, sizeOf(shapes[array])) : back;
    };
    pending[output] = { kind: "dense", values: identities(chunk, chosen, sizeOf(shapes[output])) };
    for (let i = operations.length - 1; i >= 0; i--) {
      const operation = operations[i];
      if (operation.kind === "split") {
        const parts = operation.outputs.map((part) => pending[part]);
        for (const part of operation.outputs) pending[part] = undefined;
        if (parts.some((part) => part)) add(operation.input, splitBack(operation, parts, shapes, chunk));
        continue;
      }
      const { rule, inputs: to, output: from } = operation;
      const multipliers = pending[from];
      if (!multipliers) continue;
      pending[from] = undefined;
      const modelInput = this.#modelInput[to[0]];
      if (rule.contribute && modelInput !== undefined) {
        await rule.contribute(multipliers, chunk, inputs[modelInput], sums[modelInput]);
        continue;
      }
      const back = await rule.backward(multipliers, chunk, sample.activities[i], reference.activities[i]);
      to.forEach((array, k) => add(array, back[k]));
    }
    inputs.forEach((input, i) => {
      const multipliers = pending[i];
      if (multipliers) addDifferences(sums[i], densify(multipliers, chunk, sizeOf(shapes[i])), chunk, input);
    });
  }
}

function isList(arrays: NdArray | readonly NdArray[]): arrays is readonly NdArray[] {
  return Array.isArray(arrays);
}

function listed(arrays: NdArray | readonly NdArray[]): readonly NdArray[] {
  return isList(arrays) ? arrays : [arrays];
}

/** Shapes of the model's inputs without the batch axis; an axis that the model leaves open is as long as the background's. */
function featureShapes(model: LayersModel, background: readonly NdArray[]): number[][] {
  return model.inputs.map(({ shape }, i) =>
    shape.slice(1).map((length, axis) => {
      const given = background.at(i)?.shape[axis + 1];
      const known = length ?? given;
      if (known === undefined)
        throw new RangeError(`The background's shape does not fit the model's input, ${JSON.stringify(shape)}.`);
      return known;
    }),
  );
}

function rowsOf(arrays: readonly NdArray[], first: number, count: number): Float32Array[] {
  return arrays.map(({ data, shape }) => {
    const width = sizeOf(shape.slice(1));
    return data.subarray(first * width, (first + count) * width);
  });
}

function splitBack(
  { input, axis, lengths }: Split,
  parts: (Multipliers | undefined)[],
  shapes: number[][],
  chunk: Chunk,
): Multipliers {
  const shape = shapes[input];
  const run = sizeOf(shape.slice(axis + 1));
  const runs = lengths.map((length) => length * run);
  return assemble(parts, runs, sizeOf(shape.slice(0, axis)), chunk);
}

/** [pairs, outputs, units]: each output that is explained depends on itself. @param chosen [samples, outputs]. */
function identities({ samples, references, outputs }: Chunk, chosen: Int32Array, units: number): Float32Array {
  const values = new Float32Array(samples * references * outputs * units);
  const perReference = samples * outputs;
  for (let row = 0; row < references * perReference; row++) values[row * units + chosen[row % perReference]] = 1;
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
