/** Random changes to training batches, for a recipe's `augment()`. */
export { augmentation, compose } from "./augmentation";
export type { Augmentation, AugmentationParameter, AugmentationStep, Batch } from "./augmentation";
export { Draws } from "./draws";
export {
  cutout,
  mixup,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from "./layers";
export type { Factor, SamplingOptions, ValueRangeOptions } from "./layers";
