/** Random numbers that depend on nothing but the seed, the epoch and the batch. */
import { randomBeta } from "d3-random";
import seedrandom from "seedrandom";

/** The random numbers of one batch: the same key gives the same draws, whatever was drawn before or beside them. */
export class Draws {
  private readonly next: () => number;

  constructor(private readonly key: string) {
    this.next = seedrandom.alea(key);
  }

  /** A stream of its own for each part of the work: one part drawing more leaves the others' draws as they are. */
  part(index: number): Draws {
    return new Draws(`${this.key}/${index}`);
  }

  /** `count` numbers from `low` to `high`, `high` left out. */
  uniform(count: number, low: number = 0, high: number = 1): Float32Array {
    return Float32Array.from({ length: count }, () => low + (high - low) * this.next());
  }

  /** `count` numbers of the symmetric beta distribution: near 0 and 1 for a small alpha, even for 1. */
  beta(count: number, alpha: number): Float32Array {
    return Float32Array.from({ length: count }, randomBeta.source(this.next)(alpha, alpha));
  }

  /** The numbers 0 to count - 1 in a random order (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

/** Of a run's batch: epochs and batches count from 1. */
export function batchDraws(seed: number, epoch: number, batch: number): Draws {
  return new Draws(`${seed}/augment/${epoch}/${batch}`);
}
