/** A module of loops compiled from AssemblyScript, with a memory of its own that grows to what a call needs. */

/** A function of such a module: places of arrays and numbers. */
export type Loop = (...pointersAndSizes: number[]) => void;

/** Bytes before which the module keeps its own. */
const FIRST_FREE = 1024;
const PAGE = 65536;

export class WasmLoops<Name extends string> {
  readonly run: Record<Name, Loop>;
  readonly #memory: WebAssembly.Memory;

  constructor(module: Uint8Array<ArrayBuffer>) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {
      env: {
        abort: () => {
          throw new Error("AssemblyScript aborted");
        },
      },
    });
    const { memory, ...loops } = instance.exports;
    this.#memory = memory as WebAssembly.Memory;
    this.run = loops as Record<Name, Loop>;
  }

  /**
   * Places for arrays of so many bytes. They hold what was there before, until the next call; views on what was laid
   * out before may no longer be used.
   */
  layOut<Array extends string>(bytes: Record<Array, number>): Record<Array, number> {
    let next = FIRST_FREE;
    const places = Object.entries<number>(bytes).map(([name, size]) => {
      const place = next;
      // Each begins at a multiple of 16 bytes.
      next = Math.ceil((next + size) / 16) * 16;
      return [name, place] as const;
    });
    const missing = next - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return Object.fromEntries(places) as Record<Array, number>;
  }

  floats(place: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, place, length);
  }

  doubles(place: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, place, length);
  }

  integers(place: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, place, length);
  }
}
