/** What stands in for features that a coalition leaves out, and which features are hidden together. */
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { ExplainerOptionError } from "../attributions";
import type { Clustering } from "./clustering";

export interface Masker {
  featureShape: readonly number[];
  /** [features]: the player that each feature belongs to, from 0 on. */
  players: Int32Array;
  playerCount: number;
  /** Rows that stand in for hidden features: outputs are averaged over them. */
  rows: number;
  /** [rows, features]: the rows themselves, for a sample [features]. */
  standIns: (x: Float32Array) => Float32Array;
  /**
   * Changes a row [features] with the sample's shown values and stand-ins for the others, where what stands in depends on what is
   * shown.
   *
   * @param shown numbers of the features shown.
   */
  fillIn?: (row: Float32Array, x: Float32Array, shown: Int32Array) => void;
  /** A hierarchy of the players, for PartitionExplainer. */
  clustering?: Clustering;
}

/** @param players which features are hidden together; each on its own by default. */
export function grouped(
  featureShape: readonly number[],
  players: Int32Array = Int32Array.from({ length: sizeOf(featureShape) }, (_, i) => i),
): Pick<Masker, "featureShape" | "players" | "playerCount"> {
  return { featureShape, players, playerCount: players.reduce((most, player) => Math.max(most, player + 1), 0) };
}

/**
 * Hidden features take their values from the rows of a background, independent of those that are shown
 * (`shap.maskers.Independent`).
 *
 * @param background [references, ...features]; all of its rows are used.
 * @param players which features are hidden together; each on its own by default.
 */
export function independentMasker(background: NdArray, players?: Int32Array): Masker {
  return {
    ...grouped(background.shape.slice(1), players),
    rows: background.shape[0],
    standIns: () => background.data,
  };
}

/**
 * [features]: the square patch of a picture that each of its values belongs to, row by row; channels stay together.
 *
 * @param shape [height, width, channels] or [height, width].
 * @param side of a patch, in pixels; those at the right and lower edge may be smaller.
 */
export function squarePatches(shape: readonly number[], side: number): Int32Array {
  if (shape.length !== 2 && shape.length !== 3)
    throw new ExplainerOptionError(`Patches need inputs [height, width, channels]; these are [${shape.join(", ")}].`);
  if (!Number.isInteger(side) || side < 1)
    throw new ExplainerOptionError(`A patch has a side of 1 pixel or more, not ${side}.`);
  const [height, width, channels = 1] = shape;
  const across = Math.ceil(width / side);
  return Int32Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return Math.floor(Math.floor(pixel / width) / side) * across + Math.floor((pixel % width) / side);
  });
}
