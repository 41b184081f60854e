import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { concat } from "./concat";
import { type NumericNpyArray, type TextNpyArray, npyBytes, npyHeader } from "./npy";
import { NpzError } from "./npzError";

/** Larger arrays are stored: packing them takes longer than reading them. */
export const LARGEST_PACKED = 64 * 2 ** 20;
/** Without zip64, which NumPy's own files need as well from here on. */
const LARGEST_ARCHIVE = 2 ** 32 - 1;

export type WrittenArray = Omit<NumericNpyArray, "descr"> | TextNpyArray;

/** An array that comes in parts, along its first axis. */
export interface ArrayParts {
  /** The elements that follow; their memory is the writer's until what it has emitted is written. */
  push(part: Float32Array | Float64Array): void;
  /** @throws RangeError where elements are missing, or too many. */
  end(): void;
}

/**
 * Writes an .npz as it comes, so that it need not be in memory as a whole: a zip whose sizes stand behind its files and in
 * its directory, where `np.load` and `readNpz` look. The same arrays give the same bytes.
 */
export class NpzStream {
  readonly #zip: Zip;
  #written = 0;

  /** @param emit takes the archive's bytes in their order. */
  constructor(emit: (bytes: Uint8Array) => void) {
    this.#zip = new Zip((error, bytes) => {
      if (error) throw error;
      this.#written += bytes.length;
      if (this.#written > LARGEST_ARCHIVE)
        throw new NpzError("The archive would exceed 4 GiB, the most that it can hold. Write fewer samples to a file.");
      emit(bytes);
    });
  }

  /** @throws RangeError where the shape does not fit the data. */
  add(name: string, array: WrittenArray): void {
    const { header, body } = npyBytes(array);
    const file = this.#begin(name, body.length);
    file.push(header);
    file.push(body, true);
  }

  /** @param shape of the whole. @param sample an array of the type that the parts have. */
  parts(name: string, shape: readonly number[], sample: Float32Array | Float64Array): ArrayParts {
    const { header, count } = npyHeader(shape, sample);
    const file = this.#begin(name, count * sample.BYTES_PER_ELEMENT);
    file.push(header);
    let left = count;
    return {
      push: (part) => {
        left -= part.length;
        file.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      },
      end: () => {
        if (left !== 0)
          throw new RangeError(`An array of shape [${shape.join(", ")}] has ${count} elements, not ${count - left}.`);
        file.push(new Uint8Array(0), true);
      },
    };
  }

  end(): void {
    this.#zip.end();
  }

  #begin(name: string, bytes: number): ZipPassThrough | ZipDeflate {
    const file =
      bytes > LARGEST_PACKED ? new ZipPassThrough(`${name}.npy`) : new ZipDeflate(`${name}.npy`, { level: 6 });
    file.mtime = new Date(1980, 0, 1);
    this.#zip.add(file);
    return file;
  }
}

/** All that is emitted, as one. */
export function collect(write: (emit: (bytes: Uint8Array) => void) => void): Uint8Array {
  const chunks: Uint8Array[] = [];
  write((bytes) => chunks.push(bytes));
  return concat(chunks);
}
