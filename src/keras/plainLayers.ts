/** Layers that are a layer of tfjs, or a few of them. */
import { type SymbolicTensor, layers } from "@tensorflow/tfjs-layers";
import { ACTIVATION_NAMES, type Origin, activationName, composedActivation } from "./activations";
import { type Required, argumentsOf, checkRequired } from "./arguments";
import { type BuiltLayer, builtFrom, calling } from "./builtLayer";
import { unreadable, unsupported } from "./kerasFileError";
import { type LayerConfig, readLayerConfig } from "./modelConfig";

/** Makes a layer from its configuration. */
export type LayerReader = (layer: LayerConfig, origin: Origin) => BuiltLayer;

/** A factory of tfjs-layers. What it is given comes from a file, and it checks that. */
type Factory = (args: never) => layers.Layer;

/** A layer that tfjs has, with these of Keras's settings. */
function twin(make: Factory, keys: readonly string[] = [], required: Required = {}): LayerReader {
  return (layer, origin) => {
    checkRequired(layer, required);
    const after = keys.includes("activation") ? activationAfter(layer, origin) : undefined;
    const plain = after ? keys.filter((key) => key !== "activation") : keys;
    const built = builtFrom(make(argumentsOf(layer, plain, origin) as never), layer.config.trainable);
    if (!after) return built;
    return {
      call: (inputs) => after.call(built.call(inputs)),
      slots: () => [...built.slots(), ...after.slots().map((slot) => ({ ...slot, path: `activation/${slot.path}` }))],
    };
  };
}

/** An activation that layers of tfjs compute, not a function; undefined where a function does. */
function activationAfter(layer: LayerConfig, origin: Origin): BuiltLayer | undefined {
  const { activation: value } = layer.config;
  const composed = composedActivation(value, layer, origin);
  if (composed) return { call: (inputs) => inputs.map(composed), slots: () => [] };
  if (activationName(value) !== undefined) return undefined;
  const inner = readLayerConfig(value);
  const read = Object.hasOwn(PLAIN_LAYERS, inner.className) ? PLAIN_LAYERS[inner.className] : undefined;
  if (!read) throw unsupported(layer, `the activation ${inner.className}`, `Take ${ACTIVATION_NAMES.join(", ")}`);
  return read({ ...inner, name: `${layer.name}/${inner.name}` }, origin);
}

/** What does nothing but in training. */
const identity: LayerReader = ({ name, config }) =>
  builtFrom(layers.activation({ name, activation: "linear" }), config.trainable);

const activation: LayerReader = (layer, origin) =>
  activationAfter(layer, origin) ??
  builtFrom(layers.activation(argumentsOf(layer, ["activation"], origin) as never), layer.config.trainable);

const relu: LayerReader = (layer, origin) => {
  checkRequired(layer, { threshold: [0, null] });
  const { negative_slope: slope, max_value: maxValue } = layer.config;
  const unbounded = maxValue === null || maxValue === undefined;
  if (typeof slope !== "number" || slope === 0) {
    return unbounded ? twin(layers.reLU)(layer, origin) : twin(layers.reLU, ["max_value"])(layer, origin);
  }
  if (!unbounded) throw unsupported(layer, "negative_slope and max_value", "Leave one of them out");
  return builtFrom(layers.leakyReLU({ name: layer.name, alpha: slope }), layer.config.trainable);
};

const leakyRelu: LayerReader = (layer) => {
  // Keras 2 says alpha.
  const slope = layer.config.negative_slope ?? layer.config.alpha;
  if (typeof slope !== "number") throw unreadable(`the slope of the layer "${layer.name}" is no number`);
  return builtFrom(layers.leakyReLU({ name: layer.name, alpha: slope }), layer.config.trainable);
};

/** tfjs has no Subtract: a + (-1) b. */
const subtract: LayerReader = ({ name }) => {
  const negative = layers.rescaling({ name: `${name}/negative`, scale: -1, offset: 0 });
  const sum = layers.add({ name });
  return { call: ([a, b]) => calling(sum, [a, ...calling(negative, [b])]), slots: () => [] };
};

/** tfjs's global pooling does not keep the axes that it pools. */
function globalPooling(make: Factory, pooled: number, keys: readonly string[] = []): LayerReader {
  return (layer, origin) => {
    const pool = twin(make, keys)(layer, origin);
    if (layer.config.keepdims !== true) return pool;
    let reshape: layers.Layer | undefined;
    const call = (inputs: SymbolicTensor[]): SymbolicTensor[] => {
      const [flat] = pool.call(inputs);
      const ones = Array.from({ length: pooled }, () => 1);
      const channels = flat.shape[1];
      if (channels === null) throw unsupported(layer, "keepdims without a fixed number of channels", "Fix it");
      const targetShape = layer.config.data_format === "channels_first" ? [channels, ...ones] : [...ones, channels];
      reshape ??= layers.reshape({ name: `${layer.name}/keepdims`, targetShape });
      return calling(reshape, [flat]);
    };
    return { call, slots: pool.slots };
  };
}

const CONVOLUTION = ["filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"];
const ACTIVATED = ["activation", "use_bias"];
const POOL = ["pool_size", "strides", "padding", "data_format"];
const PADDINGS: Required = { padding: ["same", "valid"] };
const WHOLE: Required = { ...PADDINGS, groups: [1] };
const TRANSPOSED: Required = { ...WHOLE, output_padding: [null], dilation_rate: [1, [1, 1], [1, 1, 1]] };

export const PLAIN_LAYERS: Readonly<Record<string, LayerReader>> = {
  Dense: twin(layers.dense, ["units", ...ACTIVATED]),
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  PReLU: twin(layers.prelu, ["shared_axes"]),
  ELU: twin(layers.elu, [], { alpha: [1] }),
  ThresholdedReLU: twin(layers.thresholdedReLU, ["theta"]),
  Softmax: twin(layers.softmax, ["axis"]),
  Embedding: twin(layers.embedding, ["input_dim", "output_dim", "mask_zero"], { lora_rank: [null] }),
  Masking: twin(layers.masking, ["mask_value"]),

  Flatten: twin(layers.flatten, ["data_format"]),
  Reshape: twin(layers.reshape, ["target_shape"]),
  Permute: twin(layers.permute, ["dims"]),
  RepeatVector: twin(layers.repeatVector, ["n"]),

  Add: twin(layers.add),
  Subtract: subtract,
  Multiply: twin(layers.multiply),
  Average: twin(layers.average),
  Maximum: twin(layers.maximum),
  Minimum: twin(layers.minimum),
  Concatenate: twin(layers.concatenate, ["axis"]),
  Dot: twin(layers.dot, ["axes", "normalize"]),

  Conv1D: twin(layers.conv1d, [...CONVOLUTION, ...ACTIVATED], WHOLE),
  Conv2D: twin(layers.conv2d, [...CONVOLUTION, ...ACTIVATED], WHOLE),
  Conv3D: twin(layers.conv3d, [...CONVOLUTION, ...ACTIVATED], WHOLE),
  Conv2DTranspose: twin(layers.conv2dTranspose, [...CONVOLUTION, ...ACTIVATED], TRANSPOSED),
  Conv3DTranspose: twin(layers.conv3dTranspose, [...CONVOLUTION, ...ACTIVATED], TRANSPOSED),
  DepthwiseConv2D: twin(
    layers.depthwiseConv2d,
    ["kernel_size", "strides", "padding", "data_format", "dilation_rate", "depth_multiplier", ...ACTIVATED],
    PADDINGS,
  ),
  SeparableConv2D: twin(layers.separableConv2d, [...CONVOLUTION, "depth_multiplier", ...ACTIVATED], PADDINGS),
  UpSampling2D: twin(layers.upSampling2d, ["size", "data_format"], { interpolation: ["nearest"] }),
  ZeroPadding2D: twin(layers.zeroPadding2d, ["padding", "data_format"]),
  Cropping2D: twin(layers.cropping2D, ["cropping", "data_format"]),

  MaxPooling1D: twin(layers.maxPooling1d, ["pool_size", "strides", "padding"], { data_format: ["channels_last"] }),
  MaxPooling2D: twin(layers.maxPooling2d, POOL),
  MaxPooling3D: twin(layers.maxPooling3d, POOL),
  AveragePooling1D: twin(layers.averagePooling1d, ["pool_size", "strides", "padding"], {
    data_format: ["channels_last"],
  }),
  AveragePooling2D: twin(layers.averagePooling2d, POOL),
  AveragePooling3D: twin(layers.averagePooling3d, POOL),
  GlobalMaxPooling1D: globalPooling(layers.globalMaxPooling1d, 1),
  GlobalMaxPooling2D: globalPooling(layers.globalMaxPooling2d, 2, ["data_format"]),
  GlobalAveragePooling1D: globalPooling(layers.globalAveragePooling1d, 1),
  GlobalAveragePooling2D: globalPooling(layers.globalAveragePooling2d, 2, ["data_format"]),

  Dropout: twin(layers.dropout, ["rate"]),
  SpatialDropout1D: twin(layers.spatialDropout1d, ["rate"]),
  AlphaDropout: twin(layers.alphaDropout, ["rate"]),
  GaussianDropout: twin(layers.gaussianDropout, ["rate"]),
  GaussianNoise: twin(layers.gaussianNoise, ["stddev"]),
  SpatialDropout2D: identity,
  SpatialDropout3D: identity,
  ActivityRegularization: identity,
  RandomFlip: identity,
  RandomRotation: identity,
  RandomZoom: identity,
  RandomTranslation: identity,
  RandomContrast: identity,
  RandomBrightness: identity,
};
