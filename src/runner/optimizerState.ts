/**
 * The whole state of a tfjs optimizer. Its own `getWeights` leaves out the accumulated betas of Adam and does not exist
 * for Adamax, so the variables are found where the optimizer keeps them: in its own fields.
 */
import * as tf from "@tensorflow/tfjs-core";

/** What an optimizer keeps for one weight. */
interface Slot {
  originalName: string;
  variable: tf.Variable;
}

export interface OptimizerSlots {
  className: string;
  iterations: number;
  setIterations(iterations: number): void;
  /** Scalars as `field`, one variable a weight as `field/position`. */
  slots: readonly { name: string; variable: tf.Variable }[];
  /** Puts a slot's value back, made where the optimizer has not made it yet. */
  assign(name: string, value: tf.Tensor): void;
}

export function optimizerSlots(optimizer: tf.Optimizer): OptimizerSlots {
  const fields = optimizer as unknown as Record<string, unknown> & { iterations_?: number };
  const slots = Object.entries(fields).flatMap(([field, value]) => {
    if (value instanceof tf.Variable) return [{ name: field, variable: value as tf.Variable }];
    if (!isSlots(value)) return [];
    return value.map(({ variable }, i) => ({ name: `${field}/${i}`, variable }));
  });
  return {
    className: optimizer.getClassName(),
    iterations: optimizer.iterations ?? 0,
    setIterations: (iterations) => (fields.iterations_ = iterations),
    slots,
    assign: (name, value) => {
      const [field, position] = name.split("/");
      const target = fields[field];
      if (target instanceof tf.Variable) {
        target.assign(value);
        return;
      }
      if (position === undefined || !Array.isArray(target)) throw new Error(`The optimizer has no state "${name}".`);
      const list = target as Slot[];
      const existing = list[Number(position)] as Slot | undefined;
      if (existing) existing.variable.assign(value);
      else list[Number(position)] = { originalName: name, variable: tf.keep(tf.variable(value, false)) };
    },
  };
}

function isSlots(value: unknown): value is Slot[] {
  return (
    Array.isArray(value) &&
    value.every(
      (entry: unknown) =>
        typeof entry === "object" && entry !== null && "variable" in entry && entry.variable instanceof tf.Variable,
    )
  );
}
