/** Models that Keras has saved. Bytes in, a tfjs layers model out: no files. What is read: README.md. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Slot } from "./builtLayer";
import type { Hdf5File } from "./hdf5";
import { KerasFileError, unreadable } from "./kerasFileError";
import { withKerasFile, withWeightsFile } from "./kerasFile";
import { type Part, LAYER_NAMES, readModel } from "./model";
import { ACTIVATION_NAMES } from "./activations";

export { ACTIVATION_NAMES, KerasFileError, LAYER_NAMES };

/**
 * Reads a `.keras` file of Keras 3 or an `.h5` file of Keras 2 or 3, weights and all; nothing in it is run.
 *
 * @param bytes the whole file; which kind it is, they say themselves.
 * @throws KerasFileError where it is damaged, no such file, or has a layer that is not read, which the message names.
 */
export function readKerasModel(bytes: Uint8Array): Promise<LayersModel> {
  return withKerasFile(bytes, ({ config, majorVersion, layout }, weights) => {
    const { model, parts } = readModel(config, { majorVersion });
    try {
      if (layout === "keras") fillByPlace(parts(), weights);
      else fillByName(parts(), weights);
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  });
}

/** Keras 3: a group a layer, named after its class. */
function fillByPlace(parts: readonly Part[], weights: Hdf5File): void {
  // Keras 2.13 called the group otherwise.
  const root =
    weights.has("layers") || !weights.has("_layer_checkpoint_dependencies")
      ? "layers"
      : "_layer_checkpoint_dependencies";
  for (const { name, slots } of parts)
    for (const { path, shape, write } of slots) {
      const place = path.replace(/(^|\/)layers\//g, `$1${root}/`);
      write?.(weights.array(`${root}/${name}/${place}`, shape).data);
    }
}

/** Keras 2, and Keras 3 in its format: a group a layer under the layer's name, which lists its weights in their order. */
function fillByName(parts: readonly Part[], weights: Hdf5File): void {
  for (const { layer, slots } of parts) {
    const group = `model_weights/${layer}`;
    const names = weights.has(group) ? weights.texts(group, "weight_names") : [];
    if (names.length !== slots.length)
      throw unreadable(`its layer "${layer}" has ${slots.length} weights, and the file ${names.length} for it`);
    // What training changes comes first.
    const ordered: Slot[] = [...slots.filter((slot) => slot.trainable), ...slots.filter((slot) => !slot.trainable)];
    ordered.forEach(({ shape, write }, i) => write?.(weights.array(`${group}/${names[i]}`, shape).data));
  }
}

/**
 * The weights of some layers, from a file of weights alone that Keras 2 wrote (`model.save_weights("….h5")`).
 *
 * @param wanted the shapes of each layer's weights, by its name.
 * @throws KerasFileError where it is no such file, or lacks one of them.
 */
export function readKerasWeights(
  bytes: Uint8Array,
  wanted: ReadonlyMap<string, readonly (readonly number[])[]>,
): Promise<Map<string, Float32Array[]>> {
  return withWeightsFile(bytes, (weights) => {
    const read = ([layer, shapes]: [string, readonly (readonly number[])[]]): [string, Float32Array[]] => {
      const names = weights.has(layer) ? weights.texts(layer, "weight_names") : [];
      if (names.length !== shapes.length) throw unreadable(`it has no weights for the layer "${layer}"`);
      return [layer, names.map((name, i) => weights.array(`${layer}/${name}`, shapes[i]).data)];
    };
    return new Map([...wanted].map(read));
  });
}
