import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { ExplainerOptionError, type FamilyOptions, meanRow } from "../attributions";
import { PathExplainer, type Points } from "./pathExplainer";
import type { RankingOptions } from "./rankedOutputs";

export interface IntegratedGradientsOptions extends FamilyOptions, RankingOptions {
  /** Points of the quadrature along the path. Default 50. */
  nsamples?: number;
}

/**
 * Integrated gradients: gradients integrated along the straight line from a baseline to the sample (Sundararajan et al. 2017),
 * by the Gauss-Legendre rule. The baseline is the background's mean row, so one row of zeros gives the baseline of many
 * papers. Additive up to the rule's error, which `additivityError` tells.
 */
export class IntegratedGradients extends PathExplainer<IntegratedGradientsOptions> {
  protected baselines(): NdArray {
    const features = sizeOf(this.background.shape.slice(1));
    return {
      data: Float32Array.from(meanRow(this.background.data, features)),
      shape: [1, ...this.background.shape.slice(1)],
    };
  }

  protected points(x: Float32Array, _sample: number, { nsamples = 50 }: IntegratedGradientsOptions): Points {
    if (!Number.isInteger(nsamples) || nsamples < 1)
      throw new ExplainerOptionError(`nsamples is a whole number from 1 on, not ${nsamples}.`);
    const { data: baseline } = this.baselines();
    const { nodes, weights } = gaussLegendre(nsamples);
    return {
      count: nsamples,
      lines: {
        reference: new Int32Array(nsamples),
        t: Float32Array.from(nodes),
        weight: Float32Array.from(weights),
      },
      fill: (n, at, delta) => {
        for (let i = 0; i < x.length; i++) {
          const difference = x[i] - baseline[i];
          at[i] = baseline[i] + nodes[n] * difference;
          delta[i] = weights[n] * difference;
        }
      },
    };
  }
}

/** Nodes and weights of the Gauss-Legendre rule on [0, 1]: the roots of a Legendre polynomial, by Newton's method. */
export function gaussLegendre(n: number): { nodes: Float64Array; weights: Float64Array } {
  const [nodes, weights] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    let root = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, root];
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * root * value - (k - 1) * before) / k];
      slope = (n * (root * value - before)) / (root * root - 1);
      root -= value / slope;
    }
    nodes[n - 1 - i] = (1 + root) / 2;
    weights[n - 1 - i] = 1 / ((1 - root * root) * slope * slope);
  }
  return { nodes, weights };
}
