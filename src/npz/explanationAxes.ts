/** Which axis of `values` is what: archives do not say. */
import { NpzError } from "./npzError";

export interface Axes {
  samples: number;
  featureShape: readonly number[];
  outputs: number;
  /** The shape of `values` in the file, for messages. */
  values: readonly number[];
}

/** What in an archive tells the axes apart. */
export interface AxisEvidence {
  values: readonly number[];
  base: readonly number[];
  /** Of `data`, or of `display_data` where there is no `data`. */
  data?: readonly number[] | undefined;
  /** How many names there are. */
  featureNames?: number | undefined;
  outputNames?: number | undefined;
}

/**
 * The axes of `values`, which is [samples, ...features, outputs] with the first axis absent for a single sample and
 * the last for a single output. In order:
 *
 * 1. `data` has the shape of values without the output axis: what is left over is the outputs.
 * 2. As many `output_names` as the last axis is long, where two axes at least come before it: outputs.
 * 3. As many `feature_names` as the second axis is long (or the first, with fewer than three axes).
 * 4. `base_values`: one number an output ([outputs] or [samples, outputs]), with the last axis of that length.
 * 5. Else there is one output, and the first axis is the samples.
 */
export function findAxes(evidence: AxisEvidence): Axes {
  const { values } = evidence;
  if (values.length === 0) throw new NpzError('"values" is a single number; it must have an axis of features.');
  const { single, outputAxis } = evidence.data ? fromData(evidence, evidence.data) : fromNames(evidence);
  const features = values.slice(single ? 0 : 1, outputAxis ? -1 : undefined);
  return {
    samples: single ? 1 : values[0],
    featureShape: features,
    outputs: outputAxis ? values[values.length - 1] : 1,
    values,
  };
}

interface Reading {
  /** There is no axis of samples. */
  single: boolean;
  outputAxis: boolean;
}

function fromData({ values, base, outputNames }: AxisEvidence, data: readonly number[]): Reading {
  const single = data.length === 1;
  if (String(values) === String(data)) return { single, outputAxis: false };
  // Interactions: every feature against every feature, with or without outputs.
  const features = data.slice(single ? 0 : 1);
  if (features.length === 1) {
    const square = [...data, features[0]];
    // Ten features and ten outputs look the same: then names or base values of outputs decide.
    if (String(values) === String(square))
      return { single, outputAxis: outputNames === features[0] || base.at(-1) === features[0] };
    if (String(values.slice(0, -1)) === String(square)) return { single, outputAxis: true };
  }
  if (String(values.slice(0, -1)) === String(data)) return { single, outputAxis: true };
  throw new NpzError(
    `"values" has shape [${values.join(", ")}], which does not fit "data" of shape [${data.join(", ")}]: it must be the same, or have one more axis for the outputs.`,
  );
}

function fromNames({ values, base, featureNames, outputNames }: AxisEvidence): Reading {
  const last = values[values.length - 1];
  if (values.length === 1) return { single: true, outputAxis: false };
  if (values.length === 2) {
    // [samples, features], or one sample's [features, outputs].
    const namedSingle = featureNames !== undefined && featureNames === values[0] && featureNames !== last;
    const baseSingle =
      featureNames === undefined && base.length === 1 && base[0] === last && base[0] > 1 && base[0] !== values[0];
    return namedSingle || baseSingle ? { single: true, outputAxis: true } : { single: false, outputAxis: false };
  }
  if (outputNames !== undefined && outputNames > 1) return { single: false, outputAxis: outputNames === last };
  if (featureNames !== undefined) {
    const size = values.slice(1).reduce((product, n) => product * n, 1);
    if (featureNames === size) return { single: false, outputAxis: false };
    if (featureNames * last === size) {
      // Names for all but the last axis: outputs, unless it is a square of interactions with a base value a sample.
      const square = values.length === 3 && values[1] === last;
      return { single: false, outputAxis: !square || base.at(-1) === last };
    }
  }
  const baseOutputs = base.at(-1);
  const outputAxis = baseOutputs === last && (base.length === 2 || baseOutputs !== values[0] || values[1] !== last);
  return { single: false, outputAxis };
}
