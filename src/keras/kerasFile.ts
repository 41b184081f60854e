/** The two kinds of file that Keras saves models in: what is in them, before any of it is a model. */
import { unzipSync } from "fflate";
import { KerasFileError, unreadable } from "./kerasFileError";
import { type Hdf5File, withHdf5 } from "./hdf5";

export interface KerasFile {
  /** The model's configuration, parsed. */
  config: unknown;
  /** What Keras calls itself in the file, such as 3 of "3.15.0". */
  majorVersion: number;
  /** `keras`: weights by position, in groups named after classes; `h5`: by layer, in the order of their names. */
  layout: "keras" | "h5";
}

/** Weights in memory are no larger. */
const MAX_WEIGHTS = 2 ** 31;
const MAX_JSON = 64 * 2 ** 20;
/** Deflate cannot do better than this. */
const MAX_RATIO = 1032;
const WHOLE_MODEL = 'Save the whole model: model.save("model.keras").';

/**
 * @param read works on the file while its weights can be read.
 * @throws KerasFileError where it is no such file.
 */
export async function withKerasFile<T>(bytes: Uint8Array, read: (file: KerasFile, weights: Hdf5File) => T): Promise<T> {
  if (startsWith(bytes, [0x50, 0x4b])) return withArchive(bytes, read);
  if (isHdf5(bytes)) {
    return withHdf5(bytes, (weights) => {
      const config = weights.text("", "model_config");
      if (config === undefined) {
        const alone = weights.has("layers") || weights.texts("", "layer_names").length > 0;
        throw new KerasFileError(
          alone ? "it holds weights without the model" : "it is HDF5, but no model of Keras",
          WHOLE_MODEL,
        );
      }
      const version = weights.text("", "keras_version") ?? weights.text("model_weights", "keras_version");
      return read(
        { config: parse(config, "model_config"), majorVersion: major(version ?? "2"), layout: "h5" },
        weights,
      );
    });
  }
  throw unreadable("it is neither a zip (.keras) nor HDF5 (.h5)");
}

/** @throws KerasFileError where it is no HDF5. */
export async function withWeightsFile<T>(bytes: Uint8Array, read: (weights: Hdf5File) => T): Promise<T> {
  if (!isHdf5(bytes)) throw unreadable("it is no HDF5");
  return withHdf5(bytes, read);
}

function isHdf5(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
}

async function withArchive<T>(bytes: Uint8Array, read: (file: KerasFile, weights: Hdf5File) => T): Promise<T> {
  const limits: Readonly<Record<string, number>> = {
    "config.json": MAX_JSON,
    "metadata.json": MAX_JSON,
    "model.weights.h5": MAX_WEIGHTS,
  };
  let files: Record<string, Uint8Array | undefined>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (!(name in limits)) return false;
        if (originalSize > limits[name] || originalSize > size * MAX_RATIO + 64)
          throw unreadable(`its ${name} would take ${originalSize} bytes`);
        return true;
      },
    });
  } catch (error) {
    throw error instanceof KerasFileError ? error : unreadable("the zip is damaged or cut off", error);
  }
  const { "config.json": config, "metadata.json": metadata, "model.weights.h5": weights } = files;
  if (!config) throw unreadable("it is a zip without config.json, and so no .keras file");
  if (!weights)
    throw new KerasFileError(
      "it is a .keras file without model.weights.h5",
      'Save it with its weights in one file: model.save("model.keras").',
    );
  const facts = metadata ? parse(text(metadata), "metadata.json") : {};
  const version =
    typeof facts === "object" && facts !== null && "keras_version" in facts ? String(facts.keras_version) : "3";
  const file = { config: parse(text(config), "config.json"), majorVersion: major(version), layout: "keras" } as const;
  return withHdf5(weights, (store) => read(file, store));
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unreadable(`its ${what} is not JSON`, error);
  }
}

function major(version: string): number {
  return Number.parseInt(version, 10) || 2;
}
