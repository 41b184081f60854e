/** Which arrays have a mask, as tfjs-layers passes them on. */
export class Masks {
  readonly #masks = new Map<number, number>();

  /** @param mask the number of an array of zeros and ones. */
  set(array: number, mask: number): void {
    this.#masks.set(array, mask);
  }

  of(array: number): number | undefined {
    return this.#masks.get(array);
  }

  /** Some array has one. tfjs-layers gives a layer that has none the last one that it gave to another layer. */
  get exist(): boolean {
    return this.#masks.size > 0;
  }
}
