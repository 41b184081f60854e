/**
 * A long short-term memory over all time steps in one kernel forward and one backward on the backends that have them.
 * tfjs composes each time step of some twenty operations, and its gradient of twice as many.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/**
 * The kernel: `x` [time, batch, features], `weights` [features + units, 4 * units] and `bias` [4 * units], both in the
 * order input gate, forget gate, candidate, output gate; to the hidden states [time, batch, units], from zeros on, and
 * what the gradient asks back. Hochreiter and Schmidhuber, 1997, with forget gates.
 */
export const LSTM = "TrainLensLstm";

/** Its gradient: `dy`, as the hidden states, `x`, `weights`, `bias`, and `saved0`, `saved1`... to those of the three. */
export const LSTM_GRADIENT = "TrainLensLstmGradient";

/** tfjs's layer and its cell, with the parts that they declare for themselves. */
interface LstmLayer {
  cell: {
    kernel: { read(): Tensor2D };
    recurrentKernel: { read(): Tensor2D };
    bias: { read(): Tensor } | null;
    activation: { getClassName(): string };
    recurrentActivation: { getClassName(): string };
    dropout: number;
    recurrentDropout: number;
  };
  returnSequences: boolean;
  returnState: boolean;
  stateful: boolean;
  goBackwards: boolean;
}

type CallOptions = { mask?: Tensor | null; initialState?: Tensor[] | null } | null;
type Call = (this: LstmLayer, inputs: Tensor | Tensor[], options: CallOptions) => Tensor | Tensor[];

let installed = false;

/** Has tfjs's layer use the kernels, once. On a backend without them, and where they do not do, it computes as before. */
export function installLstm(): void {
  if (installed) return;
  installed = true;
  const prototype = Object.getPrototypeOf(layers.lstm({ units: 1 })) as { call: Call };
  const original = prototype.call;
  prototype.call = function (inputs, options) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const kernel: unknown = tf.getKernel(LSTM, tf.getBackend());
    const alone = !Array.isArray(inputs) || inputs.length === 1;
    if (kernel === undefined || !alone || options?.mask || options?.initialState || !isPlain(this)) {
      return original.call(this, inputs, options);
    }
    return tf.tidy(() => {
      const hidden = hiddenStates(this, x as Tensor3D);
      if (this.returnSequences) return tf.transpose(hidden, [1, 0, 2]);
      const [time, batch, units] = hidden.shape;
      return tf.reshape(tf.slice(hidden, [time - 1, 0, 0], [1, batch, units]), [batch, units]);
    });
  };
}

/** Whether the kernel computes what the layer does. tfjs's own default, the hard sigmoid, it does not know. */
function isPlain({ cell, stateful, returnState }: LstmLayer): boolean {
  const { activation, recurrentActivation, dropout, recurrentDropout } = cell;
  const activations = activation.getClassName() === "tanh" && recurrentActivation.getClassName() === "sigmoid";
  return activations && dropout === 0 && recurrentDropout === 0 && !stateful && !returnState;
}

/** @param x [batch, time, features]. @returns [time, batch, units], in the order in which they were computed. */
function hiddenStates({ cell, goBackwards }: LstmLayer, x: Tensor3D): Tensor3D {
  const forward = tf.transpose(x, [1, 0, 2]);
  const weights = tf.concat([cell.kernel.read(), cell.recurrentKernel.read()]);
  const bias = cell.bias?.read() ?? tf.zeros([weights.shape[1]]);
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as (tensors: Tensor[]) => void;
    const [x, weights, bias] = args as Tensor[];
    const [value, ...asked] = tf.engine().runKernel<Tensor[]>(LSTM, { x, weights, bias });
    save([x, weights, bias, value, ...asked]);
    const gradFunc = (dy: Tensor, [x, weights, bias, ...saved]: Tensor[]): Tensor[] => {
      const inputs: Record<string, Tensor> = { dy, x, weights, bias };
      saved.forEach((tensor, i) => (inputs[`saved${i}`] = tensor));
      return tf.engine().runKernel<Tensor[]>(LSTM_GRADIENT, inputs);
    };
    return { value, gradFunc };
  });
  return operation(goBackwards ? tf.reverse(forward, 0) : forward, weights, bias) as Tensor3D;
}
