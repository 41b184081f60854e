import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { unsupported } from "./kerasFileError";
import type { LayerConfig } from "./modelConfig";

const RECURRENT = new Set(["SimpleRNN", "LSTM", "GRU", "ResetAfterGRU", "RNN", "ConvLSTM2D", "Bidirectional"]);
const PASSING = new Set(["Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout"]);

/**
 * At a masked step Keras's Bidirectional puts zeros out, tfjs's the step before. That makes no difference to a layer that
 * heeds the mask, as recurrent ones do.
 */
export class MaskedOutputs {
  readonly #masked = new WeakSet<SymbolicTensor>();
  readonly #zeroed = new WeakSet<SymbolicTensor>();

  /** @throws KerasFileError where a layer would see the difference. */
  watch(layer: LayerConfig, inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): void {
    const { className, config } = layer;
    const recurrent = RECURRENT.has(className);
    const zeroed = inputs.some((tensor) => this.#zeroed.has(tensor));
    if (zeroed && !recurrent && !PASSING.has(className))
      throw unsupported(
        layer,
        "masked steps of a Bidirectional layer as its input",
        "Put a recurrent layer without return_sequences before it, or build the model without a mask",
      );
    if (recurrent && !returnsSequences(config)) return;
    if (!maskBegins(layer) && !inputs.some((tensor) => this.#masked.has(tensor))) return;
    for (const output of outputs) {
      this.#masked.add(output);
      if (recurrent ? zeroesMasked(config) : zeroed) this.#zeroed.add(output);
    }
  }
}

function maskBegins({ className, config }: LayerConfig): boolean {
  return className === "Masking" || (className === "Embedding" && config.mask_zero === true);
}

function returnsSequences(config: LayerConfig["config"]): boolean {
  return inner(config).return_sequences === true;
}

function zeroesMasked(config: LayerConfig["config"]): boolean {
  return inner(config).zero_output_for_mask === true || "layer" in config;
}

/** The settings of the recurrent layer that a Bidirectional goes over. */
function inner(config: LayerConfig["config"]): LayerConfig["config"] {
  const { layer } = config;
  if (typeof layer !== "object" || layer === null || !("config" in layer)) return config;
  return typeof layer.config === "object" && layer.config !== null ? { ...layer.config } : config;
}
