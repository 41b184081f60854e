import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { type Attributions, type FamilyOptions, additivityError, meanRow } from "../attributions";
import { Game } from "./game";
import type { Link } from "./link";
import type { Masker } from "./masker";
import { type Predictor, checkRows } from "./predictor";

/** What one sample's explanation is made of. */
export interface RowValues {
  /** [players, outputs]: phi of each player. */
  phi: Float64Array;
  /** [outputs]. */
  base: Float64Array;
  full: Float64Array;
}

/** What explainers of coalitions take whose answers may be linked. */
export interface LinkOptions {
  /** What is explained of the model's answers: they themselves, or of probabilities the log odds. Default identity. */
  link?: Link;
}

/** What all model-agnostic explainers share: they differ in which coalitions of a game they evaluate. */
export abstract class CoalitionExplainer<Options extends FamilyOptions & LinkOptions> {
  /** shap's KernelExplainer links means, all others linearize. */
  protected readonly linearizeLink: boolean = true;

  /**
   * @param masker says what hidden features are replaced with, and which are hidden together.
   * @throws RangeError where it does not fit the model.
   */
  constructor(
    readonly predictor: Predictor,
    readonly masker: Masker,
  ) {
    const rows = { data: masker.standIns(new Float32Array(sizeOf(masker.featureShape))) };
    checkRows({ ...rows, shape: [masker.rows, ...masker.featureShape] }, predictor.featureShape, "background");
  }

  /**
   * Values of a group of features are shared equally among its features, so that they still add up.
   *
   * @param x [samples, ...features].
   * @throws RangeError where its shape does not fit. @throws ExplainerOptionError. @throws the signal's reason.
   */
  shapValues(x: NdArray, options: Options): Promise<Attributions> {
    return this.explainRows(x, options, (game, sample) => this.explainRow(game, options, sample));
  }

  /** @param pairs whether phi is of pairs of players, [players, players, outputs], each a single feature. */
  protected async explainRows(
    x: NdArray,
    options: Options,
    explainRow: (game: Game, sample: number) => Promise<RowValues>,
    pairs = false,
  ): Promise<Attributions> {
    const { predictor, masker, linearizeLink } = this;
    const { chunkMB = 256, link = "identity", firstSample = 0, signal, onProgress } = options;
    checkRows(x, predictor.featureShape, "samples");
    const samples = x.shape[0];
    const { featureShape, outputs } = predictor;
    const features = sizeOf(featureShape);
    const sizes = new Float64Array(masker.playerCount);
    for (const player of masker.players) sizes[player]++;
    const values = new Float32Array(samples * features * outputs * (pairs ? features : 1));
    const [baseValues, predictions] = [new Float64Array(samples * outputs), new Float32Array(samples * outputs)];
    for (let sample = 0; sample < samples; sample++) {
      signal?.throwIfAborted();
      let evaluated = 0;
      const game: Game = new Game(predictor, masker, x.data.subarray(sample * features, (sample + 1) * features), {
        ...{ chunkMB, link, linearizeLink },
        ...(signal ? { signal } : {}),
        onEvaluated: (coalitions) => {
          evaluated += coalitions;
          onProgress?.((sample + Math.min(0.999, evaluated / this.coalitions(game, options))) / samples);
        },
      });
      const { phi, base, full } = await explainRow(game, firstSample + sample);
      baseValues.set(base, sample * outputs);
      predictions.set(full, sample * outputs);
      if (pairs) values.set(phi, sample * phi.length);
      for (let i = 0; i < features && !pairs; i++) {
        const player = masker.players[i];
        for (let k = 0; k < outputs; k++)
          values[(sample * features + i) * outputs + k] = phi[player * outputs + k] / sizes[player];
      }
      onProgress?.((sample + 1) / samples);
    }
    return {
      samples,
      featureShape: pairs ? [features, features] : featureShape,
      outputs,
      values,
      baseValues,
      expectedValue: meanRow(baseValues, outputs),
      predictions,
      additivityError: additivityError(values, baseValues, predictions, outputs),
    };
  }

  /** phi of one sample. */
  protected abstract explainRow(game: Game, options: Options, sample: number): Promise<RowValues>;

  /** How many coalitions a sample takes, for progress. */
  protected abstract coalitions(game: Game, options: Options): number;
}
