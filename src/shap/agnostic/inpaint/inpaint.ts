/** Filling holes of a picture from what is around them. */
import { NEVER, march } from "./fastMarching";
import { Front } from "./front";
import { navierStokes } from "./navierStokes";
import { INPAINT_RADIUS, type Scene } from "./scene";
import { telea } from "./telea";

export const INPAINT_METHODS = ["inpaint_telea", "inpaint_ns"] as const;
export type InpaintMethod = (typeof INPAINT_METHODS)[number];

/**
 * The picture with its hidden pixels filled in, from the edge of a hole inwards: by Telea's method (2004), or along lines of equal
 * brightness after Bertalmio, Bertozzi and Sapiro's Navier-Stokes method (2001), both as OpenCV's `inpaint` (from 4.10 on) has
 * them, with the radius 3, and equal to it to the grey level. As there, what hidden pixels held may bear on the weights at the
 * picture's edges.
 *
 * @param picture [height, width, channels], grey levels 0 to 255; each channel is filled alike; 2 x 2 pixels or more, one of them known.
 * @param hidden [height, width], 1 for a pixel that is filled in.
 */
export function inpaint(
  picture: Uint8Array,
  hidden: Uint8Array,
  shape: readonly number[],
  method: InpaintMethod,
): Uint8Array {
  const [height, width, channels] = shape;
  const stride = width + 2;
  const framed = stride * (height + 2);
  const [unknown, times] = [new Uint8Array(framed), new Float32Array(framed).fill(NEVER)];
  for (let at = 0; at < hidden.length; at++)
    if (hidden[at]) unknown[(Math.floor(at / width) + 1) * stride + (at % width) + 1] = 1;
  const scene: Scene = { ...{ height, width, channels, stride, unknown, times }, picture: picture.slice() };
  const edge = edgeOf(scene);
  for (const at of edge) times[at] = 0;
  if (method === "inpaint_telea") marchOutwards(scene, edge);
  const estimate = method === "inpaint_telea" ? telea(scene) : navierStokes(scene);
  march(scene, frontOf(edge), unknown, estimate);
  return scene.picture;
}

function frontOf(edge: readonly number[]): Front {
  const front = new Front();
  for (const at of edge) front.push(at, 0);
  return front;
}

/** Known pixels that touch a hidden one by a side. */
function edgeOf({ height, width, stride, unknown }: Scene): number[] {
  const edge: number[] = [];
  for (let row = 1; row <= height; row++) {
    for (let column = 1; column <= width; column++) {
      const at = row * stride + column;
      if (unknown[at] === 0 && unknown[at - stride] + unknown[at - 1] + unknown[at + stride] + unknown[at + 1] > 0)
        edge.push(at);
    }
  }
  return edge;
}

/** Distances of the known pixels around the hole, as far as they are used; negative, since a hole's inside is ahead. */
function marchOutwards({ height, width, stride, unknown, times }: Scene, edge: readonly number[]): void {
  const ring = new Uint8Array(unknown.length);
  for (let row = 1; row <= height; row++) {
    for (let column = 1; column <= width; column++) {
      if (unknown[row * stride + column] === 0) continue;
      const [left, right] = [Math.max(1, column - INPAINT_RADIUS), Math.min(width, column + INPAINT_RADIUS)];
      for (let k = Math.max(1, row - INPAINT_RADIUS); k <= Math.min(height, row + INPAINT_RADIUS); k++)
        ring.fill(1, k * stride + left, k * stride + right + 1);
    }
  }
  for (let at = 0; at < ring.length; at++) if (unknown[at]) ring[at] = 0;
  for (const at of edge) ring[at] = 0;
  const reached: number[] = [];
  march({ stride, times }, frontOf(edge), ring, (at) => reached.push(at));
  for (const at of reached) times[at] = -times[at];
}
