/** Models that begin with a dense layer: what it computes is linear in the input, so it need not be computed row by row. */
import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

type Layer = LayersModel["layers"][number];

/** What tfjs's types keep to its dense layer. */
interface Activation {
  apply(z: tf.Tensor): tf.Tensor;
  getClassName(): string;
}

export class DenseStart {
  private constructor(private readonly layers: readonly Layer[]) {}

  /** undefined where the model is no chain of layers that begins with a dense one over a vector. */
  static of(model: LayersModel): DenseStart | undefined {
    const layers = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
    const begins = layers[0]?.getClassName() === "Dense" && model.inputs[0].shape.length === 2;
    return begins && isChain(model, layers) ? new DenseStart(layers) : undefined;
  }

  /** [features, hidden], the layer's own: not to be disposed. */
  get kernel(): tf.Tensor2D {
    return this.layers[0].getWeights()[0] as tf.Tensor2D;
  }

  /** [hidden], likewise. */
  get bias(): tf.Tensor1D | undefined {
    return this.layers[0].getWeights()[1] as tf.Tensor1D | undefined;
  }

  /** tfjs's name of the first layer's activation. */
  get activation(): string {
    return this.#activation.getClassName();
  }

  /** The layers behind the first one. @param y [rows, hidden], after its activation. */
  behind(y: tf.Tensor): tf.Tensor {
    return this.layers.slice(1).reduce((y, layer) => layer.apply(y, { training: false }) as tf.Tensor, y);
  }

  /** The model from behind its first linear map. @param z [rows, hidden]. */
  rest(z: tf.Tensor): tf.Tensor {
    return this.behind(this.#activation.apply(z));
  }

  get #activation(): Activation {
    return (this.layers[0] as unknown as { activation: Activation }).activation;
  }
}

/** Whether each layer reads the one before it, and nothing else does. */
function isChain(model: LayersModel, layers: readonly Layer[]): boolean {
  const last = layers[layers.length - 1];
  return (
    model.inputs.length === 1 &&
    model.outputs.length === 1 &&
    model.outputs[0].sourceLayer === last &&
    layers.every((layer, i) => {
      if (layer.inboundNodes.length !== 1) return false;
      const before = layer.inboundNodes[0].inboundLayers;
      return before.length === 1 && (i === 0 ? before[0].getClassName() === "InputLayer" : before[0] === layers[i - 1]);
    })
  );
}
