/** The GRU that Keras builds by default, which tfjs has not. */
import { type Tensor, type Tensor2D, add, matMul, mul, serialization, split, sub, tidy } from "@tensorflow/tfjs-core";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import type { Arguments } from "./arguments";
import type { Variable } from "./builtLayer";

type Shape = Parameters<layers.Layer["build"]>[0];
type Activation = Parameters<typeof layers.activation>[0]["activation"];

/** Settings of Keras's `GRUCell`, under tfjs's names. */
interface CellArguments extends Arguments {
  units: number;
  activation?: Activation;
  recurrentActivation?: Activation;
  useBias?: boolean;
}

/**
 * A GRU cell whose reset gate multiplies after the product with the recurrent kernel, `reset_after=True` of Keras and the
 * form of cuDNN (Cho et al. 2014, version 1): with gates z and r, h' = z * h + (1 - z) * act(x W + b + r * (h U + c)).
 *
 * Weights: kernel [inputs, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units] of b and c, each in the order of z, r and
 * the candidate.
 */
export class ResetAfterGRUCell extends layers.RNNCell {
  static readonly className = "ResetAfterGRUCell";
  readonly stateSize: number;
  readonly #settings: Required<Pick<CellArguments, "units" | "activation" | "recurrentActivation" | "useBias">>;
  readonly #activation: layers.Layer;
  readonly #recurrentActivation: layers.Layer;
  #kernel: Variable | undefined;
  #recurrentKernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(given: CellArguments) {
    const { units, activation = "tanh", recurrentActivation = "sigmoid", useBias = true, ...rest } = given;
    super(rest);
    this.stateSize = units;
    this.#settings = { units, activation, recurrentActivation, useBias };
    this.#activation = layers.activation({ activation });
    this.#recurrentActivation = layers.activation({ activation: recurrentActivation });
  }

  override build(inputShape: Shape): void {
    const { units, useBias } = this.#settings;
    const inputs = [inputShape].flat().at(-1);
    if (typeof inputs !== "number") throw new RangeError("The last axis of a GRU's input has no known length.");
    const made = (name: string, shape: number[], initializer: Parameters<typeof this.addWeight>[3]): Variable =>
      this.addWeight(name, shape, "float32", initializer);
    this.#kernel = made("kernel", [inputs, 3 * units], initializers.glorotNormal({}));
    this.#recurrentKernel = made("recurrent_kernel", [units, 3 * units], initializers.glorotNormal({}));
    if (useBias) this.#bias = made("bias", [2, 3 * units], initializers.zeros());
    this.built = true;
  }

  /** @param inputs of the step [batch, inputs], and the state [batch, units]. @returns the new state, as output too. */
  override call(inputs: Tensor | Tensor[]): Tensor[] {
    const [kernel, recurrentKernel] = [this.#kernel, this.#recurrentKernel];
    if (!kernel || !recurrentKernel) throw new Error("The cell is called before it is built.");
    return tidy(() => {
      const [x, h] = inputs as Tensor2D[];
      const biases = this.#bias ? split(this.#bias.read(), 2, 0) : [];
      const mapped = (a: Tensor2D, b: Variable, at: number): Tensor[] => {
        const product = matMul(a, b.read() as Tensor2D);
        return split(biases.length > 0 ? add(product, biases[at]) : product, 3, 1);
      };
      const [xz, xr, xh] = mapped(x, kernel, 0);
      const [hz, hr, hh] = mapped(h, recurrentKernel, 1);
      const gate = (z: Tensor): Tensor => this.#recurrentActivation.apply(z) as Tensor;
      const [z, r] = [gate(add(xz, hz)), gate(add(xr, hr))];
      const candidate = this.#activation.apply(add(xh, mul(r, hh))) as Tensor;
      const next = add(candidate, mul(z, sub(h, candidate)));
      return [next, next];
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.#settings as unknown as serialization.ConfigDict) };
  }
}

/** Settings of Keras's `GRU`, under tfjs's names. */
type LayerArguments = CellArguments & Omit<Parameters<typeof layers.rnn>[0], "cell">;

/** The layer of one such cell. A class of its own, since a Bidirectional copies its layer by configuration. */
export class ResetAfterGRU extends layers.RNN {
  static override readonly className = "ResetAfterGRU";

  constructor(given: LayerArguments) {
    const { name: _, ...cell } = given;
    super({ ...given, cell: new ResetAfterGRUCell(cell) });
  }

  override getConfig(): serialization.ConfigDict {
    // The layer's own settings, its name among them, over the cell's.
    return { ...this.cell.getConfig(), ...super.getConfig() };
  }

  static override fromConfig<T extends serialization.Serializable>(
    made: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new made(config);
  }
}

serialization.registerClass(ResetAfterGRUCell);
serialization.registerClass(ResetAfterGRU);
