/** The fast marching method (Sethian 1996), by which a hole is filled from its edge inwards. */
import type { Front } from "./front";

/** Time of pixels that no front reaches. */
export const NEVER = 1e6;

/** A picture with a frame of one pixel around it: pixel (row, column) is at (row + 1) * stride + column + 1. */
export interface Field {
  stride: number;
  /** [framed pixels], float32 as OpenCV's: distance from the hole's edge. */
  times: Float32Array;
}

/**
 * Moves a front on until it has reached all that it can reach.
 *
 * @param unreached [framed pixels], 1 where the front has not been and may go; none of the frame; changed.
 * @param reach called for each pixel as it is reached, when its time is known and it is not yet counted as reached.
 */
export function march(
  { stride, times }: Field,
  front: Front,
  unreached: Uint8Array,
  reach: (at: number) => void,
): void {
  const visit = (at: number): void => {
    if (unreached[at] === 0) return;
    times[at] = arrival(times, unreached, at, stride);
    reach(at);
    unreached[at] = 0;
    front.push(at, times[at]);
  };
  for (let at = front.pop(); at !== undefined; at = front.pop()) {
    visit(at - stride);
    visit(at - 1);
    visit(at + stride);
    visit(at + 1);
  }
}

/** When the front comes to a pixel: the earliest by its four pairs of an upper or lower and a left or right neighbour. */
function arrival(times: Float32Array, unreached: Uint8Array, at: number, stride: number): number {
  return Math.min(
    corner(times, unreached, at - stride, at - 1),
    corner(times, unreached, at + stride, at - 1),
    corner(times, unreached, at - stride, at + 1),
    corner(times, unreached, at + stride, at + 1),
  );
}

/** |grad T| = 1 by differences to both of two neighbours, or to the earlier of them alone. */
function corner(times: Float32Array, unreached: Uint8Array, vertical: number, horizontal: number): number {
  const a = times[vertical];
  const b = times[horizontal];
  const fromA = unreached[vertical] === 0;
  if (fromA !== (unreached[horizontal] === 0)) return 1 + (fromA ? a : b);
  if (fromA && Math.abs(a - b) < 1) return (a + b + Math.sqrt(2 - (a - b) ** 2)) / 2;
  return 1 + Math.min(a, b);
}
