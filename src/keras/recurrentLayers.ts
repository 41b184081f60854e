/** Recurrent layers, and those around another layer. */
import { layers } from "@tensorflow/tfjs-layers";
import type { Origin } from "./activations";
import { type Required, argumentsOf, checkRequired } from "./arguments";
import { type BuiltLayer, builtFrom } from "./builtLayer";
import { unreadable, unsupported } from "./kerasFileError";
import { type LayerConfig, readLayerConfig } from "./modelConfig";
import { uniqueNames } from "./names";
import type { LayerReader } from "./plainLayers";
import { ResetAfterGRU, ResetAfterGRUCell } from "./resetAfterGru";

/** Without dropout: it does nothing here, and tfjs keeps masks for it that nobody disposes. */
const CELL = ["units", "activation", "recurrent_activation", "use_bias"];
const SEQUENCE = ["return_sequences", "return_state", "go_backwards"];
const ORDINARY: Required = { stateful: [false], time_major: [false] };
const CONVOLUTION = ["filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"];

type Factory = (args: never) => layers.Layer;

function recurrent(make: Factory, keys: readonly string[] = CELL, required: Required = {}): LayerReader {
  return (layer, origin) => {
    checkRequired(layer, { ...ORDINARY, ...required });
    const made = make(argumentsOf(layer, [...keys, ...SEQUENCE], origin) as never);
    const paths = weightPaths(layer);
    return builtFrom(made, layer.config.trainable, (at) => paths[at]);
  };
}

type Cell = Parameters<typeof layers.stackedRNNCells>[0]["cells"][number];

const CELLS: Readonly<Record<string, (layer: LayerConfig, origin: Origin) => Cell>> = {
  SimpleRNNCell: (layer, origin) => layers.simpleRNNCell(argumentsOf(layer, CELL, origin) as never),
  LSTMCell: (layer, origin) => layers.lstmCell(argumentsOf(layer, CELL, origin) as never),
  GRUCell: (layer, origin) => {
    const args = argumentsOf(layer, CELL, origin);
    return resetsAfter(layer) ? new ResetAfterGRUCell(args as never) : layers.gruCell(args as never);
  },
};

/** Keras's default since 2.3, which cells of older files do not have. */
function resetsAfter({ config }: LayerConfig): boolean {
  return config.reset_after === true;
}

const resettingAfter = recurrent((args) => new ResetAfterGRU(args));
const resettingBefore = recurrent(layers.gru);
const gru: LayerReader = (layer, origin) => (resetsAfter(layer) ? resettingAfter : resettingBefore)(layer, origin);

/** A layer of cells, one or several in a stack. */
const rnn: LayerReader = (layer, origin) => {
  checkRequired(layer, ORDINARY);
  const cells = cellsOf(layer).map((cell) => {
    const make = CELLS[cell.className];
    if (!make) throw unsupported(layer, `the cell ${cell.className}`, `Take one of ${Object.keys(CELLS).join(", ")}`);
    return make(cell, origin);
  });
  const args = argumentsOf(layer, SEQUENCE, origin);
  const made = layers.rnn({ ...args, cell: cells.length === 1 ? cells[0] : layers.stackedRNNCells({ cells }) });
  const paths = weightPaths(layer);
  return builtFrom(made, layer.config.trainable, (at) => paths[at]);
};

function cellsOf({ config, name }: LayerConfig): LayerConfig[] {
  const cell = readLayerConfig(config.cell);
  if (cell.className !== "StackedRNNCells") return [cell];
  if (!Array.isArray(cell.config.cells)) throw unreadable(`the cells of the layer "${name}" are no list`);
  return cell.config.cells.map(readLayerConfig);
}

/** Where Keras 3 keeps a recurrent layer's weights, in their order. */
function weightPaths(layer: LayerConfig): string[] {
  const ofCell = ({ config }: LayerConfig, place: string): string[] =>
    Array.from({ length: config.use_bias === false ? 2 : 3 }, (_, i) => `${place}/vars/${i}`);
  if (layer.className !== "RNN") return ofCell(layer, "cell");
  const cells = cellsOf(layer);
  if (readLayerConfig(layer.config.cell).className !== "StackedRNNCells") return ofCell(cells[0], "cell");
  return uniqueNames(cells).flatMap((name, i) => ofCell(cells[i], `cell/cells/${name}`));
}

const bidirectional =
  (read: LayerReader): LayerReader =>
  (layer, origin) => {
    const forward = readLayerConfig(layer.config.layer);
    if (typeof layer.config.backward_layer === "object" && layer.config.backward_layer !== null)
      checkMirrored(layer, forward, readLayerConfig(layer.config.backward_layer));
    const name = forward.name.replace(/^forward_/, "");
    const inner = read({ ...forward, name }, origin).single;
    if (!inner) throw unreadable(`the layer "${layer.name}" goes over no recurrent layer`);
    const { merge_mode: mergeMode } = layer.config;
    const made = layers.bidirectional({ name: layer.name, layer: inner, mergeMode } as never);
    const paths = ["forward_layer", "backward_layer"].flatMap((side) =>
      weightPaths(forward).map((path) => `${side}/${path}`),
    );
    return builtFrom(made, layer.config.trainable, (at) => paths[at]);
  };

/** @throws KerasFileError where the two directions are not of one form. */
function checkMirrored(layer: LayerConfig, forward: LayerConfig, backward: LayerConfig): void {
  const form = ({ className, config }: LayerConfig, turned: boolean): string =>
    JSON.stringify([className, ...CELL.map((key) => config[key] ?? null), (config.go_backwards === true) !== turned]);
  if (form(forward, false) !== form(backward, true))
    throw unsupported(layer, "a backward_layer of another form", "Leave backward_layer out");
}

const timeDistributed =
  (read: LayerReader): LayerReader =>
  (layer, origin) => {
    const inner = readLayerConfig(layer.config.layer);
    const built: BuiltLayer = read(inner, origin);
    if (!built.single)
      throw unsupported(layer, `a ${inner.className} that is composed of several layers`, "Use a simpler layer in it");
    const made = layers.timeDistributed({ name: layer.name, layer: built.single });
    return {
      ...builtFrom(made, layer.config.trainable),
      slots: () =>
        built.slots().map((slot) => ({
          ...slot,
          path: `layer/${slot.path}`,
          trainable: slot.trainable && layer.config.trainable !== false,
        })),
    };
  };

/** @param read reads the layer within a layer. */
export function recurrentLayers(read: LayerReader): Readonly<Record<string, LayerReader>> {
  return {
    SimpleRNN: recurrent(layers.simpleRNN),
    LSTM: recurrent(layers.lstm),
    GRU: gru,
    ConvLSTM2D: recurrent(layers.convLstm2d, [...CONVOLUTION, ...CELL.slice(1)]),
    RNN: rnn,
    Bidirectional: bidirectional(read),
    TimeDistributed: timeDistributed(read),
  };
}
