/** Options of single methods of `trainlens explain`, as they are typed. */
import { type Command, Option } from "commander";
import { METHOD_NAMES, type MethodName } from "../../protocol/explainMethods";
import { UsageError } from "../errors";
import { positiveNumber, wholeNumber } from "../options";
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
  interactions?: boolean;
  link?: "identity" | "logit";
}

/** As commander gives them. */
export type TypedParameters = { [Name in keyof Parameters]?: string | boolean };

const FLAGS: Readonly<Record<keyof Parameters, string>> = {
  nsamples: "--nsamples",
  maxEvals: "--max-evals",
  l1Reg: "--l1-reg",
  localSmoothing: "--local-smoothing",
  rankedOutputs: "--ranked-outputs",
  outputRankOrder: "--output-rank-order",
  featurePerturbation: "--feature-perturbation",
  patch: "--patch",
  blur: "--blur",
  maskValue: "--mask-value",
  masker: "--masker",
  interactions: "--interactions",
  link: "--link",
};

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
  for (const name of ["nsamples", "maxEvals", "rankedOutputs", "patch", "blur"] as const) {
    const text = typed[name];
    if (typeof text === "string") parsed[name] = countFrom1(FLAGS[name], text);
  }
  if (typeof typed.localSmoothing === "string")
    parsed.localSmoothing = positiveNumber(FLAGS.localSmoothing, typed.localSmoothing);
  if (typeof typed.l1Reg === "string") parsed.l1Reg = typed.l1Reg;
  if (typeof typed.maskValue === "string") parsed.maskValue = typed.maskValue;
  if (typed.interactions === true) parsed.interactions = true;
  // commander has checked these against their choices.
  if (typeof typed.outputRankOrder === "string")
    parsed.outputRankOrder = typed.outputRankOrder as NonNullable<Parameters["outputRankOrder"]>;
  if (typeof typed.featurePerturbation === "string")
    parsed.featurePerturbation = typed.featurePerturbation as NonNullable<Parameters["featurePerturbation"]>;
  if (typed.masker === "independent" || typed.masker === "impute") parsed.masker = typed.masker;
  if (typed.link === "identity" || typed.link === "logit") parsed.link = typed.link;
  return parsed;
}

function countFrom1(option: string, text: string): number {
  const value = wholeNumber(option, text);
  if (value < 1) throw new UsageError(`${option} "${text}" is no whole number from 1 on.`);
  return value;
}
