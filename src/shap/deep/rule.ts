/** How multipliers pass backwards through one operation of a model (Shrikumar et al. 2017, section 3). */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * The pairs (sample, reference) that are worked on together, reference by reference: pair `p` is sample `p % samples` and
 * reference `firstReference + p / samples`.
 */
export interface Chunk {
  samples: number;
  references: number;
  /** Row of the first reference in its block. */
  firstReference: number;
  outputs: number;
}

/** Multipliers m of a chunk: one for each pair, output of the model and unit of an array between two operations. */
export type Multipliers = DenseMultipliers | PickedMultipliers;

/** The unit's multiplier is its value, times the `scale` of its pair: what nonlinear units do is the same for all outputs. */
export interface DenseMultipliers {
  kind: "dense";
  /** [pairs, outputs, units]. */
  values: Float32Array;
  /** [pairs, units]; 1 where absent. */
  scale?: Float32Array;
}

/**
 * What max pooling leaves: most units get nothing, and which do is the same for all outputs.
 *
 * The unit `index[pair, pick]` gets `weight[pair, pick] * values[pair, output, pick]`; a unit may be picked more than once.
 */
export interface PickedMultipliers {
  kind: "picked";
  picks: number;
  /** [pairs, outputs, picks]. */
  values: Float32Array;
  /** [pairs, picks]. */
  index: Int32Array;
  /** [pairs, picks]. */
  weight: Float32Array;
}

/** What a rule keeps of a forward pass over some rows. */
export type Activity = UnaryActivity | OperandsActivity;

/** Of a nonlinear operation on one array. */
export interface UnaryActivity {
  kind: "unary";
  /** [rows, input units]. */
  input: Float32Array;
  /** [rows, output units]. */
  output: Float32Array;
  /** [rows, input units]: the derivative at the input; of references, in elementwise rules. */
  slope?: Float32Array;
  /** [rows, output units]: which input unit is the greatest of its window; in max pooling. */
  greatest?: Int32Array;
}

/** Of an operation on two arrays. */
export interface OperandsActivity {
  kind: "operands";
  /** [rows, units of the first]. */
  a: Float32Array;
  /** [rows, units of the second]. */
  b: Float32Array;
}

/** The rows that are explained, and those that they are explained against. */
export interface ModelInputs {
  /** [samples of the chunk, features]. */
  x: Float32Array;
  /** [references of the block, features]. */
  r: Float32Array;
}

export interface Rule {
  /** [rows, ...] of each input to the output's rows, of any shape of as many units. Called within a tf.tidy. */
  forward(inputs: Tensor[]): Tensor;
  /** Nonlinear operations look at their values; absent in linear ones. */
  observe?(inputs: Tensor[], output: Tensor, rows: "samples" | "references"): Promise<Activity>;
  /**
   * The multipliers of the inputs, from those of the output, which it may overwrite.
   *
   * @param x the chunk's samples. @param r the whole block of references.
   */
  backward(multipliers: Multipliers, chunk: Chunk, x?: Activity, r?: Activity): Multipliers[] | Promise<Multipliers[]>;
  /**
   * In an operation that reads the model's input: what its input gets is added to the sums over the background, without
   * multipliers for each pair where the algebra allows. Instead of `backward`.
   */
  contribute?(multipliers: Multipliers, chunk: Chunk, inputs: ModelInputs, sums: Float64Array): void | Promise<void>;
  /** It only renames units: what it passes on are still the model's inputs. */
  renames?: true;
  /** Frees constants. */
  dispose?(): void;
}

/** The activities of a rule on one array, which the explainer always gives to a rule that observes. */
export function observed(x: Activity | undefined, r: Activity | undefined): [UnaryActivity, UnaryActivity] {
  if (x?.kind !== "unary" || r?.kind !== "unary") throw new Error("a nonlinear rule was called without its activities");
  return [x, r];
}

/** As `observed`, of a rule on two arrays. */
export function observedOperands(
  x: Activity | undefined,
  r: Activity | undefined,
): [OperandsActivity, OperandsActivity] {
  if (x?.kind !== "operands" || r?.kind !== "operands") throw new Error("a rule was called without its operands");
  return [x, r];
}

/** Calls `visit` for each pair with the rows of its sample and of its reference. */
export function forPairs(
  { samples, references, firstReference }: Chunk,
  visit: (pair: number, sampleRow: number, referenceRow: number) => void,
): void {
  for (let pair = 0; pair < samples * references; pair++) {
    visit(pair, pair % samples, firstReference + Math.floor(pair / samples));
  }
}

/** Multipliers as they are, [pairs, outputs, units]: with their scale, and zeros where nothing was picked. */
export function densify(
  multipliers: Multipliers,
  { samples, references, outputs }: Chunk,
  units: number,
): Float32Array {
  const pairs = samples * references;
  if (multipliers.kind === "dense") {
    const { values, scale } = multipliers;
    if (!scale) return values;
    for (let pair = 0, at = 0; pair < pairs; pair++) {
      const scales = scale.subarray(pair * units, (pair + 1) * units);
      for (let output = 0; output < outputs; output++) {
        for (let unit = 0; unit < units; unit++, at++) values[at] *= scales[unit];
      }
    }
    delete multipliers.scale;
    return values;
  }
  const { picks, values, index, weight } = multipliers;
  const dense = new Float32Array(pairs * outputs * units);
  for (let pair = 0; pair < pairs; pair++) {
    for (let output = 0; output < outputs; output++) {
      const from = (pair * outputs + output) * picks;
      const to = (pair * outputs + output) * units;
      for (let pick = 0; pick < picks; pick++) {
        const at = pair * picks + pick;
        dense[to + index[at]] += weight[at] * values[from + pick];
      }
    }
  }
  return dense;
}

/** Adds (x - r) * m of each pair, m [pairs, outputs, features], to the sums, [samples, features, outputs]. */
export function addDifferences(
  sums: Float64Array,
  multipliers: Float32Array,
  { samples, references, firstReference, outputs }: Chunk,
  { x, r }: ModelInputs,
): void {
  const features = x.length / samples;
  for (let pair = 0; pair < samples * references; pair++) {
    const sample = pair % samples;
    const reference = firstReference + Math.floor(pair / samples);
    for (let feature = 0; feature < features; feature++) {
      const delta = x[sample * features + feature] - r[reference * features + feature];
      if (delta === 0) continue;
      const to = (sample * features + feature) * outputs;
      for (let output = 0; output < outputs; output++) {
        sums[to + output] += delta * multipliers[(pair * outputs + output) * features + feature];
      }
    }
  }
}

/** Multipliers that may be overwritten apart from the given ones. */
export function copy(multipliers: Multipliers): Multipliers {
  if (multipliers.kind === "dense") {
    const { values, scale } = multipliers;
    return { kind: "dense", values: values.slice(), ...(scale && { scale: scale.slice() }) };
  }
  const { picks, values, index, weight } = multipliers;
  // Rules overwrite weights, never values nor indices.
  return { kind: "picked", picks, values, index, weight: weight.slice() };
}

/** A tensor's values. Never by dataSync, which GPUs that answer later do not have. */
export async function floats(tensor: Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

/** The values of what is computed, leaving no tensor behind. */
export async function computed(compute: () => Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(compute);
  try {
    return await floats(tensor);
  } finally {
    tensor.dispose();
  }
}

/** tf.tidy for what returns no tensors: tf.tidy looks for them in every number of an array. */
export function scoped<T>(compute: () => T): T {
  tf.engine().startScope();
  try {
    return compute();
  } finally {
    tf.engine().endScope();
  }
}
