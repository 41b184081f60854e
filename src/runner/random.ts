/** Seeded random numbers: the same seed gives the same run. */
import seedrandom from "seedrandom";

/** The state of the generator behind `Math.random`, as JSON carries it. */
export type RandomState = seedrandom.State.Alea;

/** `Math.random` for the length of a run: initial weights, dropout and what a recipe draws itself repeat with the seed. */
export class SeededRandom {
  private readonly original = Math.random;
  private generator: seedrandom.StatefulPRNG<seedrandom.State.Alea>;

  constructor(seed: number) {
    this.generator = seedrandom.alea(String(seed), { state: true });
    Math.random = () => this.generator();
  }

  get state(): RandomState {
    return this.generator.state();
  }

  restore(state: RandomState): void {
    this.generator = seedrandom.alea("", { state });
  }

  /** Gives `Math.random` back. */
  dispose(): void {
    Math.random = this.original;
  }
}

/**
 * The order in which an epoch takes the examples: a permutation of 0 to n - 1 that depends on nothing but the seed
 * and the epoch, so that a resumed run goes on in the same order (Fisher and Yates).
 */
export function shuffledOrder(examples: number, seed: number, epoch: number): Uint32Array {
  const draw = seedrandom.alea(`${seed}/shuffle/${epoch}`);
  const order = Uint32Array.from({ length: examples }, (_, i) => i);
  for (let i = examples - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
