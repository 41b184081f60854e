/** Forward passes, and what the rules keep of them. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { madeBy, type Operation, readBy } from "./builder";
import type { Graph } from "./graph";
import { type Activity, floats } from "./rule";

/** One forward pass over some rows. */
export interface Pass {
  /** [rows, units] of each of the model's inputs. */
  inputs: Float32Array[];
  /** [rows, outputs]. */
  output: Float32Array;
  /** Of each operation, where it is nonlinear. */
  activities: (Activity | undefined)[];
}

/** Passes rows forward, freeing each array of the backend after its last reader. @param data [rows, ...], of each input. */
export async function passForward(
  graph: Graph,
  data: Float32Array[],
  rows: number,
  what: "samples" | "references",
): Promise<Pass> {
  const { operations, shapes, lastReaders } = graph;
  const arrays: Tensor[] = data.map((values, i) => tf.tensor(values, [rows, ...shapes[i]], "float32"));
  const activities: Pass["activities"] = [];
  try {
    for (const [at, operation] of operations.entries()) {
      const read = readBy(operation).map((i) => arrays[i]);
      const made = madeBy(operation);
      const shape = (array: number): number[] => [rows, ...shapes[array]];
      const results = tf.tidy(() => compute(operation, read).map((y, i) => tf.reshape(y, shape(made[i]))));
      made.forEach((array, i) => (arrays[array] = results[i]));
      const rule = operation.kind === "computation" ? operation.rule : undefined;
      activities.push(await rule?.observe?.(read, results[0], what));
      for (const array of [...readBy(operation), ...made]) {
        // What nothing reads is done with at once.
        if ((lastReaders[array] ?? at) === at) arrays[array].dispose();
      }
    }
    return { inputs: data, output: await floats(arrays[graph.output]), activities };
  } finally {
    tf.dispose(arrays);
  }
}

function compute(operation: Operation, read: Tensor[]): Tensor[] {
  if (operation.kind === "split") return tf.split(read[0], operation.lengths, operation.axis + 1);
  return [operation.rule.forward(read)];
}
