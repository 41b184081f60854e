/** `--method lime`: pictures and patches are shown or hidden, tables are drawn anew, as the package `lime` does. */
import { type Attributions, LimeExplainer, LimeTabularExplainer, type LimeTabularOptions } from "../../shap";
import { UsageError } from "../errors";
import { FLAGS } from "./flags";
import { masker } from "./maskers";
import type { MethodWork } from "./methods";
import type { Parameters } from "./parameters";

/** Options that tables alone have. */
export const LIME_TABLE_PARAMETERS = [
  "numFeatures",
  "featureSelection",
  "discretizeContinuous",
  "discretizer",
  "sampleAroundInstance",
  "categoricalFeatures",
] as const satisfies readonly (keyof Parameters)[];

/** @throws UsageError */
export function explainByLime({
  predictor,
  background,
  samples,
  parameters,
  options,
}: MethodWork): Promise<Attributions> {
  const { patch, nsamples, kernelWidth, categoricalFeatures, ...others } = parameters;
  const both: LimeTabularOptions = {
    ...options,
    ...(nsamples === undefined ? {} : { nsamples }),
    ...(kernelWidth === undefined ? {} : { kernelWidth }),
  };
  const shape = background.shape.slice(1);
  if (patch === undefined && shape.length !== 3) {
    const categories = categoricalFeatures?.split(",").map(Number);
    const table = { ...both, ...others, ...(categories ? { categoricalFeatures: categories } : {}) };
    return new LimeTabularExplainer(predictor, background).shapValues(samples, table);
  }
  const misplaced = LIME_TABLE_PARAMETERS.find((name) => parameters[name] !== undefined);
  if (misplaced) throw new UsageError(`${FLAGS[misplaced]} is for tables; pictures and patches are shown or hidden.`);
  return new LimeExplainer(predictor, masker(background, parameters)).shapValues(samples, both);
}
