/** Forward passes, and what the rules keep of them. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Graph } from "./graph";
import { type Activity, scoped } from "./rule";

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
export function passForward(graph: Graph, data: Float32Array, rows: number, what: "samples" | "references"): Pass {
  const { operations, shapes, lastReaders } = graph;
  return scoped(() => {
    const arrays: Tensor[] = [tf.tensor(data, [rows, ...shapes[0]], "float32")];
    const activities = operations.map(({ rule, inputs, output }, at) => {
      const read = inputs.map((i) => arrays[i]);
      const y = tf.tidy(() => tf.reshape(rule.forward(read), [rows, ...shapes[output]]));
      arrays[output] = y;
      const activity = scoped(() => rule.observe?.(read[0], y, what));
      for (const i of inputs) if (lastReaders[i] === at) arrays[i].dispose();
      return activity;
    });
    return { input: data, output: arrays[graph.output].dataSync() as Float32Array, activities };
  });
}
