/** A long short-term memory over all time steps by TensorFlow's own operations. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { LSTM, LSTM_GRADIENT, installLstm } from "../lstm";
import { addKernel } from "./kernels";
import type { Attribute, Operations } from "./operations";

/** Registers the kernels, and has tfjs's layer use them. */
export function installLstmKernels(operations: Operations): void {
  const peephole = operations.bool("use_peephole", false);
  const forward = [operations.float32, operations.float("cell_clip", 0), peephole];
  const backward = [operations.float32, peephole];

  /** Runs an operation on the inputs that both have, then its own. */
  const run = (name: string, attributes: Attribute[], inputs: Shared, own: Tensor[], outputs: number): Tensor[] => {
    const { x, weights, bias } = inputs;
    const units = bias.size / 4;
    const start = tf.zeros([x.shape[1] as number, units]);
    const peepholes = tf.zeros([units]);
    const tensors = [x, start, start, weights, peepholes, peepholes, peepholes, bias, ...own];
    const steps = operations.int64(x.shape[0]);
    try {
      return operations.runOnHandles(name, attributes, [steps, ...operations.handles(tensors)], outputs);
    } finally {
      operations.delete(steps);
    }
  };

  addKernel(LSTM, ({ x, weights, bias }) => {
    const outputs = run("BlockLSTMV2", forward, { x, weights, bias }, [], 7);
    const hidden = outputs[6];
    return [hidden, ...outputs.slice(0, 6)];
  });
  addKernel(LSTM_GRADIENT, ({ dy, x, weights, bias, ...saved }) => {
    const [hidden, ...others] = Object.values(saved);
    const cells = others[1];
    const own = [...others, hidden, tf.zerosLike(cells), dy];
    const [dx, , , dWeights, , , , dBias] = run("BlockLSTMGradV2", backward, { x, weights, bias }, own, 8) as Gradients;
    return [dx, dWeights, dBias];
  });
  installLstm();
}

interface Shared {
  x: Tensor;
  weights: Tensor;
  bias: Tensor;
}

/** Of x, first cells, first hidden states, weights, three peepholes and bias. */
type Gradients = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
