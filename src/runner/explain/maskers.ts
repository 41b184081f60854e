/** What hides features, as `--masker`, `--patch`, `--blur` and `--mask-value` say. */
import type { NdArray } from "../../protocol/ndArray";
import {
  type Masker,
  blurMasker,
  correlationClustering,
  imageClustering,
  imageMasker,
  imputeMasker,
  independentMasker,
  parseMaskValue,
  squarePatches,
} from "../../shap";
import { UsageError } from "../errors";
import type { Parameters } from "./parameters";

/** Of a background's rows, or of what is shown; patches of a picture are hidden together. */
export function masker(background: NdArray, { patch, masker }: Parameters): Masker {
  const players = patch === undefined ? undefined : squarePatches(background.shape.slice(1), patch);
  return masker === "impute" ? imputeMasker(background, players) : independentMasker(background, players);
}

/** Pictures are divided by place, other inputs by correlation; hidden pixels are made from the picture where that is asked for. */
export function hierarchicalMasker(background: NdArray, { blur, maskValue, masker }: Parameters): Masker {
  const shape = background.shape.slice(1);
  const picture = blur ?? maskValue;
  if (masker !== undefined && picture !== undefined)
    throw new UsageError("--masker and --mask-value or --blur both say what hides features.", "Leave one out.");
  if (blur !== undefined && maskValue !== undefined)
    throw new UsageError("--blur and --mask-value both say what hides pixels.", "Leave one out.");
  if (blur !== undefined) return blurMasker(shape, blur);
  if (maskValue !== undefined) return imageMasker(shape, parseMaskValue(maskValue), whiteOf(background));
  const clustering = shape.length === 3 ? imageClustering(shape) : correlationClustering(background);
  return { ...(masker === "impute" ? imputeMasker : independentMasker)(background), clustering };
}

/** Pictures hold 0 to 1 or grey levels, which one dark picture does not tell, but a background does. */
function whiteOf({ data }: NdArray): 1 | 255 {
  return data.some((value) => value > 1) ? 255 : 1;
}
