import type { LayersModel } from "@tensorflow/tfjs-layers";
import { DataError } from "../data/dataError";
import { isFixed } from "./pretrained";

/**
 * Lets the top layers of a frozen base learn; those below stay frozen. Batch normalization stays frozen everywhere: it goes on
 * normalizing by the moments that it was trained with, which few pictures would spoil. Compile the model after it.
 *
 * @param count layers from the top that have weights and learn. All of them where there are fewer.
 * @throws DataError where count is no whole number of 0 or more.
 */
export function unfreezeTop(base: LayersModel, count: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new DataError(`${count} layers cannot be unfrozen.`, "Give a whole number, 0 or more.");
  }
  base.trainable = true;
  let left = count;
  for (const layer of [...base.layers].reverse()) {
    const learns = layer.weights.length > 0 && layer.getClassName() !== "BatchNormalization" && !isFixed(layer);
    layer.trainable = learns && left > 0;
    if (learns) left--;
  }
}
