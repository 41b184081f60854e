/** An array of numbers with its shape, row-major, independent of any backend. */
export interface NdArray {
  data: Float32Array;
  shape: readonly number[];
}

/** Number of elements in a shape; 1 for the empty shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
