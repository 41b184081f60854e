/** What explaining costs, counted before it is done: floating-point operations, and rows that a model is given. */
import { coalitionCount } from "./agnostic/kernelCoalitions";

/** Of a network, for one row. A multiply-add counts as two. */
export interface NetworkCost {
  /** FLOPs of a forward pass; one back to the inputs takes as many. */
  forward: number;
  /** Of them, those of the first layer, where it is linear in the input. */
  first: number;
  outputs: number;
}

export interface Work {
  samples: number;
  references: number;
}

/**
 * FLOPs of `DeepExplainer`: a forward pass for each sample and reference, one back for each pair and output as far as the first
 * layer's outputs, and through the first layer what differs from the background's centre.
 *
 * @param varying fraction of the references' numbers that do, where the first layer is dense; else 1.
 */
export function deepFlops(
  { forward, first, outputs }: NetworkCost,
  { samples, references }: Work,
  varying: number,
): number {
  const pairs = samples * references * outputs;
  return (samples + references) * forward + pairs * (forward - first + varying * first) + samples * outputs * first;
}

/**
 * FLOPs of `shap.DeepExplainer`: for each sample and output one pass forward and back over all references and as many copies of
 * the sample.
 */
export function shapDeepFlops({ forward, outputs }: NetworkCost, { samples, references }: Work): number {
  return samples * outputs * 2 * references * 2 * forward;
}

/**
 * FLOPs of `GradientExplainer`: at each point one pass forward, and one back for each output. Where the first layer is dense, it is
 * passed at the ends of the lines only, of each sample and reference.
 *
 * @param dense how many references a sample's points begin at, and which fraction of their numbers differs from their centre.
 */
export function gradientFlops(
  { forward, first, outputs }: NetworkCost,
  samples: number,
  nsamples: number,
  dense?: { references: number; varying: number },
): number {
  if (!dense) return samples * nsamples * (1 + outputs) * forward;
  const points = nsamples * (1 + outputs) * (forward - first);
  return samples * (points + (1 + outputs + dense.references * outputs * dense.varying) * first);
}

/** FLOPs of `shap.GradientExplainer`: each output has its own pass forward. */
export function shapGradientFlops({ forward, outputs }: NetworkCost, samples: number, nsamples: number): number {
  return samples * nsamples * outputs * 2 * forward;
}

/** Rows that `KernelExplainer` gives the model. @param features that vary. */
export function kernelRows(features: number, { samples, references }: Work, nsamples?: number): number {
  return samples * references * (2 + coalitionCount(features, nsamples));
}

/** Rows of `PermutationExplainer`: both walks of an order share their ends, which all orders share. */
export function permutationRows(features: number, { samples, references }: Work, permutations = 10): number {
  return samples * references * (2 + permutations * 2 * (features - 1));
}

/** Rows of `ExactExplainer`. */
export function exactRows(features: number, { samples, references }: Work): number {
  return samples * references * 2 ** features;
}
