/** Graphs that tensorflowjs_converter makes of TensorFlow's models: they answer, and have no layers to look into. */
import * as tf from "@tensorflow/tfjs-core";
import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as v from "valibot";
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import type { Predictor } from "../../shap";
import { UserError } from "../errors";
import { notAModel } from "../modelFiles";
import type { Explainable } from "./explainable";

/**
 * @param artifacts as `readModelJson` gives them. @param file for messages.
 * @param rows the shape of what is to be explained, [n, ...features]: a graph may leave its own open.
 * @throws UserError where it is no graph, or has several inputs or outputs.
 */
export async function graphExplainable(
  artifacts: tf.io.ModelArtifacts,
  file: string,
  rows: readonly number[],
): Promise<Explainable> {
  let model: GraphModel;
  try {
    model = await loadGraphModel(tf.io.fromMemory(artifacts));
  } catch (error) {
    throw notAModel(file, error instanceof Error ? error.message : String(error), error);
  }
  for (const [what, { length }] of [
    ["inputs", model.inputs],
    ["outputs", model.outputs],
  ] as const) {
    if (length === 1) continue;
    model.dispose();
    throw new UserError(
      `The graph in ${file} has ${length} ${what}; "explain" takes graphs of one.`,
      "Convert a signature with one input and one output.",
    );
  }
  const inputShape = (model.inputs[0].shape ?? rows.map(() => -1)).map((n) => (n < 0 ? null : n));
  const kind = endsInProbabilities(artifacts.modelTopology, model.outputs[0].name) ? "probability" : "raw";
  try {
    return {
      inputShape,
      predictor: await graphPredictor(model, inputShape, rows),
      outputKind: () => kind,
      dispose: () => void model.dispose(),
    };
  } catch (error) {
    model.dispose();
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `The graph in ${file} cannot be run: ${why}.`,
      `Rows of the shape [n, ${rows.slice(1).join(", ")}] were tried; its input is [${inputShape.map((n) => n ?? "n").join(", ")}].`,
      { cause: error },
    );
  }
}

/** Runs it on a row of zeros, to see how many outputs there are and how much memory that takes. */
async function graphPredictor(
  model: GraphModel,
  inputShape: readonly (number | null)[],
  rows: readonly number[],
): Promise<Predictor> {
  const featureShape = rows.slice(1);
  const features = sizeOf(featureShape);
  const [input] = model.inputs;
  // A graph may have been converted for batches of one size.
  const batch = inputShape[0] ?? undefined;
  const run = runner(model);
  const answer = async (data: Float32Array, count: number): Promise<Float32Array> => {
    const x = tf.tensor(data, [count, ...featureShape], input.dtype);
    try {
      const y = await run(x);
      const values = Float32Array.from(await y.data());
      y.dispose();
      return values;
    } finally {
      x.dispose();
    }
  };
  const size = batch ?? 1;
  const zeros = new Float32Array(features * size);
  const outputs = (await answer(zeros, size)).length / size;
  if (!Number.isInteger(outputs) || outputs < 1) throw new Error("it does not answer each row on its own");
  // Only what has run once: of a graph that fails, tfjs would go on profiling whatever comes after it.
  const { numBytes: before } = tf.memory();
  const { peakBytes, result } = await tf.profile(async () => tf.scalar((await answer(zeros, size)).length));
  tf.dispose(result);
  return {
    featureShape,
    outputs,
    bytesPerRow: 4 * features + Math.max(0, peakBytes - before) / size,
    async predict({ data, shape: [count] }: NdArray) {
      if (batch === undefined) return await answer(data, count);
      const answers = new Float32Array(count * outputs);
      for (let first = 0; first < count; first += batch) {
        const filled = new Float32Array(batch * features);
        filled.set(data.subarray(first * features, (first + batch) * features));
        const rest = (count - first) * outputs;
        answers.set((await answer(filled, batch)).subarray(0, rest), first * outputs);
      }
      return answers;
    },
  };
}

/** Graphs with loops and branches can only be run asynchronously, which tfjs warns of for others. */
function runner(model: GraphModel): (x: tf.Tensor) => Promise<tf.Tensor> {
  let waits = false;
  return async (x) => {
    if (!waits) {
      try {
        return model.predict(x) as tf.Tensor;
      } catch (error) {
        if (!(error instanceof Error && error.message.includes("dynamic op"))) throw error;
        waits = true;
      }
    }
    return (await model.executeAsync(x)) as tf.Tensor;
  };
}

const Graph = v.object({
  node: v.array(v.object({ name: v.string(), op: v.string(), input: v.optional(v.array(v.string()), []) })),
});

/** What passes on the values of the node before it. */
const PASSES_ON = new Set(["Identity", "Reshape", "Squeeze"]);

function endsInProbabilities(topology: unknown, output: string): boolean {
  const parsed = v.safeParse(Graph, topology);
  if (!parsed.success) return false;
  const nodes = new Map(parsed.output.node.map((node) => [node.name, node]));
  let node = nodes.get(output.split(":")[0]);
  while (node && PASSES_ON.has(node.op)) node = nodes.get((node.input[0] ?? "").split(":")[0]);
  return node !== undefined && (node.op === "Softmax" || node.op === "Sigmoid");
}
