/** Small dense linear algebra in float64. */

/** A system that has no single solution. */
export class SingularMatrixError extends Error {
  override readonly name = "SingularMatrixError";
}

/**
 * The solution x [n] of A x = b by Gaussian elimination with partial pivoting.
 *
 * @param a [n, n], row-major; overwritten, as is b [n].
 * @throws SingularMatrixError
 */
export function solve(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column])) pivot = row;
    }
    if (!(Math.abs(a[pivot * n + column]) > 1e-13 * scale))
      throw new SingularMatrixError("The equations have no single solution.");
    if (pivot !== column) {
      for (let k = column; k < n; k++) [a[column * n + k], a[pivot * n + k]] = [a[pivot * n + k], a[column * n + k]];
      [b[column], b[pivot]] = [b[pivot], b[column]];
    }
    for (let row = column + 1; row < n; row++) {
      const factor = a[row * n + column] / a[column * n + column];
      if (factor === 0) continue;
      for (let k = column; k < n; k++) a[row * n + k] -= factor * a[column * n + k];
      b[row] -= factor * b[column];
    }
  }
  const x = new Float64Array(n);
  for (let row = n - 1; row >= 0; row--) {
    let sum = b[row];
    for (let k = row + 1; k < n; k++) sum -= a[row * n + k] * x[k];
    x[row] = sum / a[row * n + row];
  }
  return x;
}

/** A Cholesky factor L of a growing symmetric matrix, so that L L' is the matrix. */
export class Cholesky {
  readonly #rows: Float64Array[] = [];

  get size(): number {
    return this.#rows.length;
  }

  /**
   * Adds a row of the matrix.
   *
   * @param row [size + 1], its diagonal last. @returns false, and adds nothing, where it depends on the others.
   */
  append(row: Float64Array): boolean {
    const n = this.size;
    const factor = Float64Array.from(row);
    for (let i = 0; i <= n; i++) {
      const other = i < n ? this.#rows[i] : factor;
      for (let k = 0; k < i; k++) factor[i] -= factor[k] * other[k];
      if (i < n) factor[i] /= other[i];
    }
    if (!(factor[n] > 1e-12 * Math.abs(row[n]))) return false;
    factor[n] = Math.sqrt(factor[n]);
    this.#rows.push(factor);
    return true;
  }

  /** x of L L' x = b. */
  solve(b: ArrayLike<number>): Float64Array {
    const x = Float64Array.from(b);
    this.#rows.forEach((row, i) => {
      for (let k = 0; k < i; k++) x[i] -= row[k] * x[k];
      x[i] /= row[i];
    });
    for (let i = this.size - 1; i >= 0; i--) {
      for (let k = i + 1; k < this.size; k++) x[i] -= this.#rows[k][i] * x[k];
      x[i] /= this.#rows[i][i];
    }
    return x;
  }
}
