/** Options of single methods of `trainlens explain`, as they are typed. */
import { type Command, Option } from "commander";
import { METHOD_NAMES, type MethodName } from "../../protocol/explainMethods";
import { FEATURE_SELECTIONS, type FeatureSelection } from "../../shap";
import { UsageError } from "../errors";
import { positiveNumber, wholeNumber } from "../options";
import { FLAGS } from "./flags";
import { methodTakes } from "./methods";

/** What was given, checked; what is left out is the method's own default. */
export interface Parameters {
  nsamples?: number;
  maxEvals?: number;
  l1Reg?: string;
  localSmoothing?: number;
  rankedOutputs?: number;
  outputRankOrder?: "max" | "min" | "max_abs";
  featurePerturbation?: "interventional" | "correlation_dependent" | "tree_path_dependent";
  patch?: number;
  blur?: number;
  maskValue?: string;
  masker?: "independent" | "impute";
  numFeatures?: number;
  featureSelection?: FeatureSelection;
  discretizeContinuous?: boolean;
  discretizer?: "quartile" | "decile";
  sampleAroundInstance?: boolean;
  /** Numbers with commas between. */
  categoricalFeatures?: string;
  kernelWidth?: number;
  interactions?: boolean;
  link?: "identity" | "logit";
}

/** As commander gives them. */
export type TypedParameters = { [Name in keyof Parameters]?: string | boolean };

export function withParameters(command: Command): Command {
  const methods = (name: keyof Parameters): string =>
    METHOD_NAMES.filter((method) => methodTakes(method).includes(name)).join(", ");
  const help = (name: keyof Parameters, text: string): string => `${text} (${methods(name)})`;
  return command
    .option("--nsamples <n>", help("nsamples", "points, coalitions or draws for a sample"))
    .option("--max-evals <n>", help("maxEvals", "most coalitions evaluated for a sample"))
    .option("--l1-reg <rule>", help("l1Reg", "auto, aic, bic, num_features(k) or false"))
    .option("--local-smoothing <s>", help("localSmoothing", "standard deviation of noise added to each sample"))
    .option("--ranked-outputs <k>", help("rankedOutputs", "explain the first k outputs of each sample"))
    .addOption(
      new Option("--output-rank-order <order>", help("outputRankOrder", "which outputs come first")).choices([
        "max",
        "min",
        "max_abs",
      ]),
    )
    .addOption(
      new Option("--feature-perturbation <kind>", help("featurePerturbation", "what hidden features follow")).choices([
        "interventional",
        "correlation_dependent",
        "tree_path_dependent",
      ]),
    )
    .option("--patch <pixels>", help("patch", "hide square patches of a picture of this side together"))
    .option("--blur <pixels>", help("blur", "hide pixels by blurring a picture this wide"))
    .option(
      "--mask-value <value>",
      help("maskValue", "hide pixels by inpaint_telea, inpaint_ns, blur(width,height) or a number"),
    )
    .addOption(
      new Option(
        "--masker <name>",
        help("masker", "hidden features are the background's, or imputed from those that are shown"),
      ).choices(["independent", "impute"]),
    )
    .option("--num-features <k>", help("numFeatures", "features that each local model takes at most, of a table"))
    .addOption(
      new Option("--feature-selection <way>", help("featureSelection", "how they are selected")).choices(
        FEATURE_SELECTIONS,
      ),
    )
    .addOption(
      new Option(
        "--discretize-continuous <yes>",
        help("discretizeContinuous", "whether features of a table are cut into bins"),
      ).choices(["true", "false"]),
    )
    .addOption(
      new Option("--discretizer <kind>", help("discretizer", "into which bins")).choices(["quartile", "decile"]),
    )
    .option(
      "--sample-around-instance",
      help("sampleAroundInstance", "draw features that are not cut around the sample, not around their mean"),
    )
    .option("--categorical-features <i,j>", help("categoricalFeatures", "numbers of features whose values are names"))
    .option("--kernel-width <w>", help("kernelWidth", "how fast what is far from a sample counts less"))
    .option("--interactions", help("interactions", "values of pairs of features"))
    .addOption(
      new Option("--link <link>", help("link", "explain probabilities themselves, or their log odds")).choices([
        "identity",
        "logit",
      ]),
    );
}

/** @throws UsageError for an option that the method has not, or a value that is none. */
export function parseParameters(method: MethodName, typed: TypedParameters): Parameters {
  const names = Object.keys(FLAGS) as (keyof Parameters)[];
  const takes = methodTakes(method);
  for (const name of names) {
    if (typed[name] === undefined || takes.includes(name)) continue;
    const others = takes.map((each) => FLAGS[each]).join(", ");
    throw new UsageError(
      `${FLAGS[name]} is no option of --method ${method}.`,
      others === "" ? `--method ${method} has no options of its own.` : `Its own options: ${others}.`,
    );
  }
  const parsed: Parameters = {};
  for (const name of ["nsamples", "maxEvals", "rankedOutputs", "patch", "blur", "numFeatures"] as const) {
    const text = typed[name];
    if (typeof text === "string") parsed[name] = countFrom1(FLAGS[name], text);
  }
  if (typeof typed.localSmoothing === "string")
    parsed.localSmoothing = positiveNumber(FLAGS.localSmoothing, typed.localSmoothing);
  if (typeof typed.l1Reg === "string") parsed.l1Reg = typed.l1Reg;
  if (typeof typed.maskValue === "string") parsed.maskValue = typed.maskValue;
  if (typeof typed.kernelWidth === "string") parsed.kernelWidth = positiveNumber(FLAGS.kernelWidth, typed.kernelWidth);
  if (typeof typed.categoricalFeatures === "string")
    parsed.categoricalFeatures = listOfNumbers(FLAGS.categoricalFeatures, typed.categoricalFeatures);
  if (typed.sampleAroundInstance === true) parsed.sampleAroundInstance = true;
  if (typed.interactions === true) parsed.interactions = true;
  // commander has checked these against their choices.
  if (typeof typed.outputRankOrder === "string")
    parsed.outputRankOrder = typed.outputRankOrder as NonNullable<Parameters["outputRankOrder"]>;
  if (typeof typed.featurePerturbation === "string")
    parsed.featurePerturbation = typed.featurePerturbation as NonNullable<Parameters["featurePerturbation"]>;
  if (typeof typed.discretizeContinuous === "string")
    parsed.discretizeContinuous = typed.discretizeContinuous === "true";
  if (typed.discretizer === "quartile" || typed.discretizer === "decile") parsed.discretizer = typed.discretizer;
  const selection = FEATURE_SELECTIONS.find((each) => each === typed.featureSelection);
  if (selection) parsed.featureSelection = selection;
  if (typed.masker === "independent" || typed.masker === "impute") parsed.masker = typed.masker;
  if (typed.link === "identity" || typed.link === "logit") parsed.link = typed.link;
  return parsed;
}

/** @returns the text without blanks. */
function listOfNumbers(option: string, text: string): string {
  const list = text.replace(/\s/g, "");
  if (/^\d+(,\d+)*$/.test(list)) return list;
  throw new UsageError(`${option} "${text}" is no list of numbers.`, `Write ${option} 0,3.`);
}

function countFrom1(option: string, text: string): number {
  const value = wholeNumber(option, text);
  if (value < 1) throw new UsageError(`${option} "${text}" is no whole number from 1 on.`);
  return value;
}
