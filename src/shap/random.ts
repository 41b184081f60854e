/** Seeded draws of the explainers. */
import seedrandom from "seedrandom";

/** Numbers in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed and purpose; those of a sample do not depend on the others. */
export function randomFor(seed: number, purpose: string): Random {
  const generator = seedrandom.alea(`${seed}/${purpose}`);
  return () => generator.double();
}

/** A whole number from 0 to `below` - 1. */
export const drawIndex = (random: Random, below: number): number => Math.floor(random() * below);

/** Puts an array into random order (Fisher and Yates). */
export function shuffle(array: { length: number; [i: number]: number }, random: Random): void {
  for (let i = array.length - 1; i > 0; i--) {
    const j = drawIndex(random, i + 1);
    [array[i], array[j]] = [array[j], array[i]];
  }
}

/** One draw of the standard normal distribution (Box and Muller). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
