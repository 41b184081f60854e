import { sizeOf, type NdArray } from "../../protocol/ndArray";
import { ExplainerOptionError, type FamilyOptions } from "../attributions";
import { drawIndex, drawNormal, randomFor } from "../random";
import type { Lines } from "./firstDense";
import { PathExplainer, type Points } from "./pathExplainer";
import type { RankingOptions } from "./rankedOutputs";

/** What one point of expected gradients is drawn as. */
export interface GradientDraw {
  /** Row of the background. */
  reference: number;
  /** Place between it (0) and the sample (1). */
  t: number;
  /** [features]: standard normal, where there is smoothing. */
  noise?: Float32Array;
}

export interface GradientOptions extends FamilyOptions, RankingOptions {
  /** Points drawn for a sample. Default 200. */
  nsamples?: number;
  /** Standard deviation of the noise that is added to the sample for each point. Default 0. */
  localSmoothing?: number;
  /** The n-th draw of a sample, in place of a random one: to repeat what another program drew. */
  draw?: (sample: number, n: number) => GradientDraw;
}

/**
 * Expected gradients: the mean of gradient times difference at random points between the sample and random rows of the
 * background (Erion et al. 2021), which comes to the values of Aumann and Shapley as points grow. As Python's
 * `shap.GradientExplainer`; like there, all outputs are taken at the same points. Not exactly additive: `additivityError` says
 * how far off.
 */
export class GradientExplainer extends PathExplainer<GradientOptions> {
  protected baselines(): NdArray {
    return this.background;
  }

  protected points(x: Float32Array, sample: number, options: GradientOptions): Points {
    const { nsamples = 200, localSmoothing = 0, seed = 0 } = options;
    if (!Number.isInteger(nsamples) || nsamples < 1)
      throw new ExplainerOptionError(`nsamples is a whole number from 1 on, not ${nsamples}.`);
    if (!(localSmoothing >= 0))
      throw new ExplainerOptionError(`local_smoothing is a number from 0 on, not ${localSmoothing}.`);
    const features = sizeOf(this.background.shape.slice(1));
    const random = randomFor(seed, `gradient/${sample}`);
    const draw =
      options.draw ??
      ((): GradientDraw => ({
        reference: drawIndex(random, this.background.shape[0]),
        t: random(),
        ...(localSmoothing > 0 ? { noise: Float32Array.from({ length: features }, () => drawNormal(random)) } : {}),
      }));
    const drawn = localSmoothing > 0 ? [] : Array.from({ length: nsamples }, (_, n) => draw(sample, n));
    return {
      count: nsamples,
      // Noise is as large as a row, and drawn when it is wanted; with it, points lie on no line to the sample.
      ...(localSmoothing > 0 ? {} : { lines: linesOf(drawn) }),
      fill: (n, at, delta) => {
        const { reference, t, noise } = drawn[n] ?? draw(sample, n);
        for (let i = 0; i < features; i++) {
          const from = this.background.data[reference * features + i];
          const to = x[i] + (noise ? noise[i] * localSmoothing : 0);
          at[i] = t * to + (1 - t) * from;
          delta[i] = (to - from) / nsamples;
        }
      },
    };
  }
}

function linesOf(drawn: readonly GradientDraw[]): Lines {
  return {
    reference: Int32Array.from(drawn, ({ reference }) => reference),
    t: Float32Array.from(drawn, ({ t }) => t),
    weight: new Float32Array(drawn.length).fill(1 / drawn.length),
  };
}
