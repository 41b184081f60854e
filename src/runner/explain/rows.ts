/** Rows of a split: drawn, and their classes. */
import { type NdArray, sizeOf } from "../../protocol/ndArray";
import { indexOfHighest } from "../../protocol/numbers";
import { UserError } from "../errors";
import { shuffledOrder } from "../random";

/** Numbers of the rows drawn for a background, ascending: the same for the same seed. */
export function drawRows(rows: number, count: number, seed: number): number[] {
  if (count > rows) {
    throw new UserError(
      `The data have ${rows} rows; a background of ${count} cannot be drawn from them.`,
      `Ask for a background of ${rows} rows at most.`,
    );
  }
  return Array.from(shuffledOrder(rows, seed, 0).subarray(0, count)).sort((a, b) => a - b);
}

/** The class of each row of targets: one-hot rows, or class numbers; undefined where they are no classes. */
export function classesOf({ data, shape }: NdArray, outputs: number): number[] | undefined {
  if (outputs < 2) return undefined;
  const width = sizeOf(shape.slice(1));
  if (width === outputs) {
    return Array.from({ length: shape[0] }, (_, row) => {
      const target = data.subarray(row * width, (row + 1) * width);
      return indexOfHighest(target);
    });
  }
  const areClasses = width === 1 && data.every((value) => Number.isInteger(value) && value >= 0 && value < outputs);
  return areClasses ? Array.from(data) : undefined;
}
