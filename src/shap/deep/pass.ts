/** Forward passes, and what the rules keep of them. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Graph } from "./graph";
import { type Activity, floats } from "./rule";

/** One forward pass over some rows. */
export interface Pass {
  /** [rows, units] of the model's input. */
  input: Float32Array;
  /** [rows, outputs]. */
  output: Float32Array;
  /** Of each operation, where it is nonlinear. */
  activities: (Activity | undefined)[];
}

/** Passes rows forward, freeing each array of the backend after its last reader. @param data [rows, ...features]. */
export async function passForward(
  graph: Graph,
  data: Float32Array,
  rows: number,
  what: "samples" | "references",
): Promise<Pass> {
  const { operations, shapes, lastReaders } = graph;
  const arrays: Tensor[] = [tf.tensor(data, [rows, ...shapes[0]], "float32")];
  const activities: Pass["activities"] = [];
  try {
    for (const [at, { rule, inputs, output }] of operations.entries()) {
      const read = inputs.map((i) => arrays[i]);
      const y = tf.tidy(() => tf.reshape(rule.forward(read), [rows, ...shapes[output]]));
      arrays[output] = y;
      activities.push(await rule.observe?.(read[0], y, what));
      for (const i of inputs) if (lastReaders[i] === at) arrays[i].dispose();
    }
    return { input: data, output: await floats(arrays[graph.output]), activities };
  } finally {
    tf.dispose(arrays);
  }
}
