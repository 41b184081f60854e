/** Pixels that a front has reached, the earliest first; of those reached at once, the one that was added first. */
export class Front {
  readonly #pixels: number[] = [];
  readonly #times: number[] = [];
  readonly #added: number[] = [];
  #count = 0;

  push(pixel: number, time: number): void {
    let at = this.#pixels.length;
    const added = this.#count++;
    for (let parent = (at - 1) >> 1; at > 0 && time < this.#times[parent]; parent = (at - 1) >> 1) {
      this.#copy(parent, at);
      at = parent;
    }
    this.#set(at, pixel, time, added);
  }

  /** @returns undefined where none is left. */
  pop(): number | undefined {
    const first = this.#pixels[0] as number | undefined;
    const last = { pixel: this.#pixels.pop(), time: this.#times.pop(), added: this.#added.pop() };
    const size = this.#pixels.length;
    if (size === 0 || last.pixel === undefined || last.time === undefined || last.added === undefined) return first;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#before(this.#times[child + 1], this.#added[child + 1], child)) child++;
      if (!(this.#times[child] < last.time || (this.#times[child] === last.time && this.#added[child] < last.added)))
        break;
      this.#copy(child, at);
      at = child;
    }
    this.#set(at, last.pixel, last.time, last.added);
    return first;
  }

  #before(time: number, added: number, other: number): boolean {
    return time < this.#times[other] || (time === this.#times[other] && added < this.#added[other]);
  }

  #copy(from: number, to: number): void {
    this.#set(to, this.#pixels[from], this.#times[from], this.#added[from]);
  }

  #set(at: number, pixel: number, time: number, added: number): void {
    this.#pixels[at] = pixel;
    this.#times[at] = time;
    this.#added[at] = added;
  }
}
