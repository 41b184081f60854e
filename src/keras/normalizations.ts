/** Layers that shift and scale. tfjs has no Normalization, and no Rescaling by channel: both are batch normalizations. */
import { type SymbolicTensor, layers } from "@tensorflow/tfjs-layers";
import { argumentsOf, checkRequired } from "./arguments";
import { type BuiltLayer, type Slot, type Variable, assign, builtFrom, calling } from "./builtLayer";
import { unreadable, unsupported } from "./kerasFileError";
import type { LayerConfig } from "./modelConfig";
import type { LayerReader } from "./plainLayers";

const batchNormalization: LayerReader = (layer, origin) => {
  checkRequired(layer, { synchronized: [false], renorm: [false] });
  // Keras 2 writes a list of one axis.
  const axes: unknown[] = [layer.config.axis].flat();
  const [axis] = axes;
  const args = argumentsOf(layer, ["momentum", "epsilon", "center", "scale"], origin);
  return builtFrom(
    layers.batchNormalization({ ...args, ...(typeof axis === "number" ? { axis } : {}) }),
    layer.config.trainable,
  );
};

const layerNormalization: LayerReader = (layer, origin) => {
  checkRequired(layer, { rms_scaling: [false] });
  return builtFrom(
    layers.layerNormalization(argumentsOf(layer, ["axis", "epsilon", "center", "scale"], origin)),
    layer.config.trainable,
  );
};

/** Keras divides by max(sqrt(variance), 1e-7). */
const LEAST_VARIANCE = 1e-14;

const normalization: LayerReader = (layer) => {
  checkRequired(layer, { invert: [false] });
  const { axis, mean, variance } = layer.config;
  const axes = axis === null || axis === undefined ? [] : [axis].flat();
  const given = mean !== null && mean !== undefined;
  const moments = layers.batchNormalization({ name: layer.name, center: false, scale: false, epsilon: 0 });
  const fills: ((values: Float32Array) => void)[] = [];
  const call = (inputs: SymbolicTensor[]): SymbolicTensor[] => {
    const last = inputs[0].shape.length - 1;
    if (axes.length > 1 || axes.some((one) => one !== -1 && one !== last))
      throw unsupported(layer, `axis=${JSON.stringify(axis)}`, "Build it with axis=-1");
    const outputs = calling(moments, inputs);
    const [means, variances] = moments.weights;
    fills[0] = (values) => fill(means, values);
    fills[1] = (values) =>
      fill(
        variances,
        values.map((value) => Math.max(value, LEAST_VARIANCE)),
      );
    if (given) {
      fills[0](numbers(mean, layer));
      fills[1](numbers(variance, layer));
    }
    return outputs;
  };
  const slots = (): Slot[] => {
    if (given) return [];
    const shape = axes.length === 0 ? [] : [moments.weights[0].shape[0] ?? 0];
    return [
      { path: "vars/0", shape, trainable: false, write: fills[0] },
      { path: "vars/1", shape, trainable: false, write: fills[1] },
      // How many examples it has seen.
      { path: "vars/2", shape: [], trainable: false },
    ];
  };
  return { call, slots };
};

const rescaling: LayerReader = (layer) => {
  const { scale, offset = 0 } = layer.config;
  if (typeof scale === "number" && typeof offset === "number") {
    return builtFrom(layers.rescaling({ name: layer.name, scale, offset }), layer.config.trainable);
  }
  return rescalingByChannel(layer, numbers(scale, layer), numbers(offset, layer));
};

function rescalingByChannel(layer: LayerConfig, scale: Float32Array, offset: Float32Array): BuiltLayer {
  const affine = layers.batchNormalization({ name: layer.name, epsilon: 0 });
  const call = (inputs: SymbolicTensor[]): SymbolicTensor[] => {
    const outputs = calling(affine, inputs);
    const [gamma, beta, mean, variance] = affine.weights;
    fill(gamma, scale);
    fill(beta, offset);
    fill(mean, Float32Array.of(0));
    fill(variance, Float32Array.of(1));
    return outputs;
  };
  return { call, slots: () => [] };
}

/** A variable's values: one for all, or one each. */
function fill(variable: Variable, values: Float32Array): void {
  const length = variable.shape[0] ?? 0;
  if (values.length !== 1 && values.length !== length)
    throw unreadable(`"${variable.originalName}" takes ${length} numbers; the file has ${values.length}`);
  assign(variable, values.length === length ? values : new Float32Array(length).fill(values[0]));
}

/** A number, or numbers in lists of lists, flat. */
function numbers(value: unknown, { name }: LayerConfig): Float32Array {
  const flat: unknown[] = [value].flat(Infinity);
  if (flat.length > 0 && flat.every((one) => typeof one === "number")) return Float32Array.from(flat);
  throw unreadable(`the layer "${name}" has settings that are no numbers`);
}

export const NORMALIZATIONS: Readonly<Record<string, LayerReader>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
};
