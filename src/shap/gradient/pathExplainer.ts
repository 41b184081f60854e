import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { type Predictor, checkRows, modelPredictor, predictAll, rowsAtOnce } from "../agnostic/predictor";
import { type Attributions, type FamilyOptions, additivityError, meanRow } from "../attributions";
import { attributedGradients } from "./attributedGradients";
import { FirstDense, type Lines } from "./firstDense";
import { type RankingOptions, rankOutputs } from "./rankedOutputs";

/** Points at which gradients are taken for one sample: where each is, and what its gradient is multiplied with. */
export interface Points {
  count: number;
  /** Writes the n-th point to `at` [features], and the difference times its weight to `delta` [features]. */
  fill: (n: number, at: Float32Array, delta: Float32Array) => void;
  /** The same points, where they lie on lines from the baselines to the sample itself. */
  lines?: Lines;
}

/**
 * Sums of gradients times differences along paths from baselines to a sample: what expected and integrated gradients share.
 * The points of a sample are taken in chunks that fit the budget, each once for all outputs.
 */
export abstract class PathExplainer<Options extends FamilyOptions & RankingOptions> {
  readonly #predictor: Predictor;

  /**
   * @param model one input, one output of shape [batch, outputs]. @param background [references, ...features].
   * @throws RangeError where a shape does not fit.
   */
  constructor(
    readonly model: LayersModel,
    readonly background: NdArray,
  ) {
    this.#predictor = modelPredictor(model);
    checkRows(background, this.#predictor.featureShape, "background");
  }

  /**
   * @param x [samples, ...features].
   * @throws RangeError where its shape does not fit. @throws ExplainerOptionError. @throws the signal's reason.
   */
  async shapValues(x: NdArray, options: Options): Promise<Attributions> {
    const { chunkMB = 256, firstSample = 0, signal, onProgress } = options;
    const { featureShape, outputs } = this.#predictor;
    checkRows(x, featureShape, "samples");
    const [samples, features] = [x.shape[0], sizeOf(featureShape)];
    // Activities are kept for the way back, and gradients are about as large.
    const predictor = { ...this.#predictor, bytesPerRow: 2 * this.#predictor.bytesPerRow };
    const all = await predictAll(predictor, x, chunkMB, signal);
    const ranked = rankOutputs(all, outputs, options);
    const explained = ranked.length / samples;
    const base = meanRow(await predictAll(predictor, this.baselines(), chunkMB, signal), outputs);

    const values = new Float32Array(samples * features * explained);
    const atOnce = rowsAtOnce(predictor, chunkMB);
    const dense = await FirstDense.of(this.model, this.baselines(), atOnce);
    for (let sample = 0; sample < samples; sample++) {
      const own = x.data.subarray(sample * features, (sample + 1) * features);
      const points = this.points(own, firstSample + sample, options);
      const chosen = ranked.subarray(sample * explained, (sample + 1) * explained);
      const z = dense && points.lines ? await dense.forward(own) : undefined;
      // [features, explained]
      const sums = new Float64Array(features * explained);
      for (let first = 0; first < points.count; first += atOnce) {
        signal?.throwIfAborted();
        const end = Math.min(first + atOnce, points.count);
        if (dense && points.lines && z) {
          await dense.attribute(own, z, part(points.lines, first, end), chosen, outputs, sums);
        } else await this.#add(sums, points, first, end, chosen, outputs);
        onProgress?.((sample + end / points.count) / samples);
        // Lets signals and timers in.
        await new Promise((resolve) => setImmediate(resolve));
      }
      values.set(sums, sample * features * explained);
    }
    const columns = Array.from(ranked, (output, i) => Math.floor(i / explained) * outputs + output);
    const predictions = Float32Array.from(columns, (at) => all[at]);
    const baseValues = Float64Array.from(ranked, (output) => base[output]);
    return {
      samples,
      featureShape,
      outputs: explained,
      values,
      baseValues,
      expectedValue: meanRow(baseValues, explained),
      predictions,
      additivityError: additivityError(values, baseValues, predictions, explained),
      ...(options.rankedOutputs === undefined ? {} : { outputIndexes: ranked }),
    };
  }

  /** Adds what the points from `first` to `end` give to the sums [features, chosen]. */
  async #add(
    sums: Float64Array,
    points: Points,
    first: number,
    end: number,
    chosen: Int32Array,
    outputs: number,
  ): Promise<void> {
    const { featureShape } = this.#predictor;
    const [features, here] = [sizeOf(featureShape), end - first];
    const [at, deltas] = [new Float32Array(here * features), new Float32Array(here * features)];
    for (let n = 0; n < here; n++) {
      const place = [n * features, (n + 1) * features] as const;
      points.fill(first + n, at.subarray(...place), deltas.subarray(...place));
    }
    const rows = { data: at, shape: [here, ...featureShape] };
    const parts = await attributedGradients(this.model, rows, deltas, chosen, outputs);
    for (let k = 0; k < chosen.length; k++) {
      for (let i = 0; i < features; i++) sums[i * chosen.length + k] += parts[k * features + i];
    }
  }

  /** The rows whose mean output is the base value. */
  protected abstract baselines(): NdArray;

  /** @param x [features]. */
  protected abstract points(x: Float32Array, sample: number, options: Options): Points;
}

function part({ reference, t, weight }: Lines, first: number, end: number): Lines {
  return {
    reference: reference.subarray(first, end),
    t: t.subarray(first, end),
    weight: weight.subarray(first, end),
  };
}
