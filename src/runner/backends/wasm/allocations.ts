/** What tfjs's wasm backend does where its heap has no room. */
import { formatBytes } from "../../../protocol/numbers";

/** A part of Emscripten's module, which tfjs's types leave out. */
export interface WasmHeap {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
  /** All of it, made anew when it grows. */
  HEAPU8: Uint8Array;
}

/** Bytes: the heap ends at 4 GiB, and the allocator takes a larger request for its remainder. */
const LARGEST_ALLOCATION = 2 ** 32 - 2 ** 20;

/**
 * Makes an allocation that fails in tfjs's wasm backend an error.
 *
 * The backend takes address 0, by which the allocator says that there is no memory left, for a place like any other,
 * and writes over whatever lies there. And the allocator itself (of tfjs-backend-wasm 4.22) gives out places beyond
 * the heap's end where the last free block lies at it: seen by taking and freeing 200 MB, then taking 3 GB twice.
 */
export function refuseFailedAllocations(wasm: WasmHeap): void {
  // Emscripten puts the function in its stub's place at the first call.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    // Addresses above 2 GiB come as negative numbers.
    const address = bytes < LARGEST_ALLOCATION ? allocate(bytes) >>> 0 : 0;
    if (address === 0 || address + bytes > wasm.HEAPU8.length)
      throw new RangeError(`WebAssembly memory is full: it has no ${formatBytes(bytes)} left`);
    return address;
  };
}
