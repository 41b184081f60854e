import { type NdArray } from "../../protocol/ndArray";
import { checkRows } from "../agnostic/predictor";
import { type Attributions, type FamilyOptions, additivityError } from "../attributions";
import { type Tree, type TreeEnsemble, addPrediction, coverExpectation, treeDepth } from "./ensemble";
import { Interventional } from "./interventional";
import { PathDependent } from "./pathDependent";
import { PathPatterns } from "./pathPatterns";

/** A tree needs no chunks and no draws. */
export type TreeOptions = Pick<FamilyOptions, "onProgress" | "signal">;

/** Rows that go through one tree before the next is read: as many as recur in what they decide, and no more than fit a stop. */
const MOST_ROWS = 4096;
/** Trees times rows, about half a second. */
const WORK_AT_ONCE = 500_000;

/**
 * Exact SHAP values of decision trees in polynomial time (Lundberg et al. 2020), of the trees' own sum (log odds for boosted
 * classifiers). The same numbers as Python's `shap.TreeExplainer` with `model_output="raw"`.
 */
export class TreeExplainer {
  readonly #depths: readonly number[];
  /** Made when they are wanted; none of a tree that is too deep. */
  #patterns: readonly (PathPatterns | undefined)[] | undefined;

  /**
   * @param background [references, features]: hidden features take its rows' values ("interventional"); without one they
   *   follow the training weight at each split ("tree_path_dependent").
   * @throws RangeError where the background does not fit, or the arrays are no trees.
   */
  constructor(
    readonly ensemble: TreeEnsemble,
    readonly background?: NdArray,
  ) {
    if (background) checkRows(background, [ensemble.features], "background");
    this.#depths = ensemble.trees.map((tree) => treeDepth(tree, ensemble.features));
  }

  /**
   * @param x [samples, features]; NaN is a missing value.
   * @throws RangeError where its shape does not fit. @throws the signal's reason.
   */
  async shapValues(x: NdArray, options: TreeOptions = {}): Promise<Attributions> {
    const { features, outputs, trees } = this.ensemble;
    const { background } = this;
    type Add = (phi: Float64Array, from: number, to: number) => void;
    const known = (this.#patterns ??= trees.map((tree) => PathPatterns.of(tree, features, outputs, background)));
    let perRow = trees.length;
    const add = trees.map((tree, i): Add => {
      const patterns = known[i];
      if (patterns) return (phi, from, to) => patterns.add(phi, x.data, from, to);
      perRow += tree.left.length * (background?.shape[0] ?? this.#depths[i]);
      return this.#rowByRow(tree, this.#depths[i], x.data);
    });
    const rowsAtOnce = Math.max(1, Math.min(MOST_ROWS, Math.floor(WORK_AT_ONCE / perRow)));
    return this.#explain(x, [features], options, rowsAtOnce, (from, to) => {
      const phi = new Float64Array((to - from) * features * outputs);
      // Tree by tree: each is read again while it is in the processor's cache.
      for (const each of add) each(phi, from, to);
      return phi;
    });
  }

  /** For a tree that is too deep for patterns. */
  #rowByRow(tree: Tree, depth: number, data: Float32Array): (phi: Float64Array, from: number, to: number) => void {
    const { features, outputs } = this.ensemble;
    const { background } = this;
    const size = features * outputs;
    if (!background) {
      const paths = new PathDependent(tree, depth, outputs);
      return (phi, from, to) => {
        for (let row = from; row < to; row++)
          paths.add(phi.subarray((row - from) * size, (row - from + 1) * size), data, row * features);
      };
    }
    const pairs = new Interventional(tree, depth, features, outputs);
    const own = new Float64Array(size);
    return (phi, from, to) => {
      for (let row = from; row < to; row++) {
        own.fill(0);
        for (let at = 0; at < background.data.length; at += features)
          pairs.add(own, data, row * features, background.data, at);
        for (let i = 0; i < size; i++) phi[(row - from) * size + i] += own[i] / background.shape[0];
      }
    };
  }

  /**
   * SHAP interaction values, [samples, features, features, outputs]: the diagonal holds main effects, and the rows sum to
   * the SHAP values. Path-dependent, as in Python.
   *
   * @throws RangeError where there is a background, or the shape does not fit. @throws the signal's reason.
   */
  async shapInteractionValues(x: NdArray, options: TreeOptions = {}): Promise<Attributions> {
    if (this.background) throw new RangeError("Interaction values follow the trees' own weights: give no background.");
    const { features: m, outputs, trees } = this.ensemble;
    const parts = trees.map((tree, i) => ({
      paths: new PathDependent(tree, this.#depths[i], outputs),
      used: [...new Set(tree.feature.filter((_, node) => tree.left[node] >= 0))],
    }));
    return this.#explain(x, [m, m], options, 1, (row) => {
      const at = row * m;
      const values = new Float64Array(m * m * outputs);
      const [plain, present, absent] = [0, 1, 2].map(() => new Float64Array(m * outputs));
      for (const { paths, used } of parts) {
        plain.fill(0);
        paths.add(plain, x.data, at);
        for (const i of used) {
          present.fill(0);
          absent.fill(0);
          paths.add(present, x.data, at, { feature: i, present: true });
          paths.add(absent, x.data, at, { feature: i, present: false });
          const [row, own] = [i * m * outputs, (i * m + i) * outputs];
          for (let k = 0; k < outputs; k++) values[own + k] += plain[i * outputs + k];
          for (let j = 0; j < m * outputs; j++) {
            if (Math.floor(j / outputs) === i) continue;
            const half = (present[j] - absent[j]) / 2;
            values[row + j] += half;
            values[own + (j % outputs)] -= half;
          }
        }
      }
      return values;
    });
  }

  async #explain(
    x: NdArray,
    featureShape: readonly number[],
    { onProgress, signal }: TreeOptions,
    rowsAtOnce: number,
    explainRows: (from: number, to: number) => Float64Array,
  ): Promise<Attributions> {
    const { features, outputs } = this.ensemble;
    checkRows(x, [features], "samples");
    const samples = x.shape[0];
    const width = featureShape.reduce((size, n) => size * n, outputs);
    const values = new Float32Array(samples * width);
    const predictions = new Float32Array(samples * outputs);
    for (let from = 0, last = performance.now(); from < samples; from += rowsAtOnce) {
      signal?.throwIfAborted();
      const to = Math.min(from + rowsAtOnce, samples);
      values.set(explainRows(from, to), from * width);
      for (let sample = from; sample < to; sample++) {
        const sums = new Float64Array(outputs);
        addPrediction(this.ensemble, x.data, sample * features, sums);
        predictions.set(sums, sample * outputs);
      }
      if (performance.now() - last < 50 && to < samples) continue;
      onProgress?.(to / samples);
      // Lets signals and timers in.
      await new Promise((resolve) => setImmediate(resolve));
      last = performance.now();
    }
    const expectedValue = this.#expectedValue();
    const baseValues = Float64Array.from({ length: samples * outputs }, (_, i) => expectedValue[i % outputs]);
    const error = additivityError(values, baseValues, predictions, outputs);
    return { samples, featureShape, outputs, values, baseValues, expectedValue, predictions, additivityError: error };
  }

  #expectedValue(): Float64Array {
    if (!this.background) return coverExpectation(this.ensemble);
    const { data, shape } = this.background;
    const sums = new Float64Array(this.ensemble.outputs);
    for (let row = 0; row < data.length; row += this.ensemble.features) addPrediction(this.ensemble, data, row, sums);
    return sums.map((sum) => sum / shape[0]);
  }
}
