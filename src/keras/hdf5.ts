/** HDF5, by the reference library compiled to WebAssembly. Loaded when there is a file to read: it is 4 MB. */
import type * as h5wasm from "h5wasm";
import { type NdArray, sizeOf } from "../protocol/ndArray";
import { unreadable } from "./kerasFileError";

export interface Hdf5File {
  /** A text attribute of a group; undefined where there is none. */
  text(group: string, attribute: string): string | undefined;
  /** An attribute that is a list of texts, of which Keras cuts long ones into `name0`, `name1`, … */
  texts(group: string, attribute: string): string[];
  has(path: string): boolean;
  /**
   * The numbers of a dataset as float32, if it has this shape.
   *
   * @throws KerasFileError where it is not there, has another shape or other contents.
   */
  array(path: string, shape: readonly number[]): NdArray;
}

type Library = typeof h5wasm;

/** In memory; no name of the file outside is known to the library. */
const NAME = "/model.h5";

/**
 * @param read works on the file, which is closed after it.
 * @throws KerasFileError where the bytes are no HDF5, or are damaged.
 */
export async function withHdf5<T>(bytes: Uint8Array, read: (file: Hdf5File) => T): Promise<T> {
  const library = await import("h5wasm");
  const ready = await library.ready;
  // Without it the library writes of errors to the console and goes on.
  ready.activate_throwing_error_handler();
  ready.FS.writeFile(NAME, bytes);
  try {
    const file = open(library);
    try {
      return read(reader(file, library));
    } finally {
      file.close();
    }
  } finally {
    ready.FS.unlink(NAME);
  }
}

function open(library: Library): InstanceType<Library["File"]> {
  try {
    return new library.File(NAME, "r");
  } catch (error) {
    throw unreadable("its HDF5 part is damaged or cut off", error);
  }
}

function reader(file: InstanceType<Library["File"]>, { Dataset, Group }: Library): Hdf5File {
  /** What the library throws on damaged contents, in words. */
  const guarded = <T>(path: string, look: () => T): T => {
    try {
      return look();
    } catch (error) {
      throw unreadable(`its HDF5 part is damaged at "${path}"`, error);
    }
  };
  const at = (path: string): unknown => (path === "" ? file : guarded(path, () => file.get(path)));
  const attribute = (path: string, name: string): unknown => {
    const group = at(path);
    if (!(group instanceof Group)) return undefined;
    return guarded(`${path} ${name}`, () => group.attrs[name]?.value);
  };
  return {
    text: (group, name) => {
      const value = attribute(group, name);
      return typeof value === "string" ? value : undefined;
    },
    texts: (group, name) => {
      const whole = attribute(group, name);
      if (whole !== undefined) return asTexts(whole);
      const parts: string[] = [];
      for (let i = 0; ; i++) {
        const part = attribute(group, `${name}${i}`);
        if (part === undefined) return parts;
        parts.push(...asTexts(part));
      }
    },
    has: (path) => at(path) !== null,
    array: (path, shape) => {
      const dataset = at(path);
      if (!(dataset instanceof Dataset)) throw unreadable(`it has no weights at "${path}"`);
      const found = guarded(path, () => dataset.shape) ?? [];
      if (found.length !== shape.length || found.some((n, axis) => n !== shape[axis]))
        throw unreadable(`the weights at "${path}" have the shape [${found.join(", ")}], not [${shape.join(", ")}]`);
      const value = guarded(path, () => dataset.value);
      const numbers = typeof value === "number" ? Float32Array.of(value) : asFloats(value);
      if (numbers?.length !== sizeOf(shape))
        throw unreadable(
          `the weights at "${path}" are no numbers of 32 or 64 bits (${JSON.stringify(guarded(path, () => dataset.dtype))})`,
        );
      return { data: numbers, shape: [...shape] };
    },
  };
}

function asTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((text) => typeof text === "string");
  return typeof value === "string" ? [value] : [];
}

function asFloats(value: unknown): Float32Array<ArrayBuffer> | undefined {
  if (value instanceof Float32Array || value instanceof Float64Array) return Float32Array.from(value);
  return undefined;
}
