/** `trainlens check`: builds a recipe's data and model, trains nothing, and says what would go wrong. */
import { Command } from "commander";
import path from "node:path";
import process from "node:process";
import { withDownloads } from "../models/downloadScope";
import { isTreeLearner } from "../models/trees/treeLearner";
import { type RecipeCheck, type RecipeProblem, inEnglish, problemText, severityOf } from "../protocol/recipeCheck";
import { openBackend } from "./backends";
import { dataProblems, modelProblems } from "./check/problems";
import { UserError } from "./errors";
import { applyOverrides } from "./hyperparameters";
import { collect } from "./options";
import { SeededRandom } from "./random";
import { type Recipe, loadRecipe } from "./recipe";
import { placeInStack } from "./stackPlace";
import { checkAugmentation } from "./training/augmented";
import { FitError, checkFit, readTrainingData } from "./training/examples";
import { checkOwnStepData } from "./training/ownStep";
import { describeTrainingData } from "./training/report";
import { checkTreeRecipe } from "./training/trees";

interface CheckOptions {
  set: string[];
  json?: boolean;
}

export function checkCommand(): Command {
  return new Command("check")
    .description("build a recipe's data and model without training, and say what would go wrong")
    .argument("<recipe>", "path of a train.ts or train.js")
    .option("--set <name=value>", "override a hyperparameter (repeatable)", collect, [])
    .option("--json", "print one JSON object")
    .action(check);
}

async function check(file: string, { set, json }: CheckOptions): Promise<void> {
  const random = new SeededRandom(42);
  const found = await checkRecipe(file, set).finally(() => random.dispose());
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : textOf(path.basename(file), found));
  const errors = found.problems.filter((problem) => severityOf(problem) === "error").length;
  if (errors > 0 && !json) throw new UserError("A run of this recipe would fail.", "What has to be mended is above.");
}

/**
 * What a run would meet before its first step, and the usual slips. On the cpu backend, which is always there.
 *
 * @throws what is no fault of the recipe's.
 */
async function checkRecipe(file: string, overrides: readonly string[]): Promise<RecipeCheck> {
  const found: RecipeCheck = { problems: [] };
  const backend = await openBackend("cpu", {});
  try {
    await build(await loadRecipe(file), overrides, found);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    found.problems.push(asProblem(error, file));
  } finally {
    await backend.close();
  }
  return found;
}

/** Adds what is known as it goes: a model that cannot be made has data all the same. */
async function build(recipe: Recipe, overrides: readonly string[], found: RecipeCheck): Promise<void> {
  applyOverrides(recipe.hyperparameters, [...overrides]);
  const data = await readTrainingData(await recipe.data());
  found.data = await describeTrainingData(data);
  const { report } = found.data;
  const augment = await recipe.augment();
  const model = await withDownloads({ kind: "skip" }, () => recipe.createModel(data));
  if (isTreeLearner(model)) {
    checkTreeRecipe(recipe, data);
    found.model = { name: model.kind };
    found.problems.push(...dataProblems(report));
    return;
  }
  found.model = { name: model.name, parameters: model.countParams() };
  if (recipe.own) checkOwnStepData(data);
  else checkFit(model, data);
  if (augment) await checkAugmentation(augment, data, model);
  found.problems.push(...modelProblems(model), ...dataProblems(report));
}

function asProblem(error: UserError, file: string): RecipeProblem {
  const { message, advice } = error;
  const stack = error.cause instanceof Error ? (error.cause.stack ?? "") : "";
  const folder = path.dirname(path.resolve(file));
  const [, name, line, column] = /^(.*?):(\d+)(?::(\d+))?$/.exec(placeInStack(stack, folder) ?? "") ?? [];
  return {
    kind: "failure",
    message,
    ...(advice === undefined ? {} : { advice }),
    ...(name === path.basename(file) ? { place: { line: Number(line), column: Number(column ?? 1) } } : {}),
    ...(error instanceof FitError && error.fix ? { fix: error.fix } : {}),
  };
}

function textOf(file: string, { problems, data, model }: RecipeCheck): string {
  const lines: string[] = [];
  if (data) {
    const test = data.test === undefined ? "" : `, ${data.test} test`;
    lines.push(
      `Data: ${data.train} train, ${data.validation} validation${test}, examples of [${data.inputShape.join(", ")}]`,
    );
  }
  if (model) {
    const { name, parameters } = model;
    lines.push(`Model: ${name}${parameters === undefined ? "" : `, ${parameters.toLocaleString("en")} parameters`}`);
  }
  for (const problem of problems) {
    const { message, advice } = problemText(problem, inEnglish);
    const place = problem.kind === "failure" && problem.place ? `:${problem.place.line}:${problem.place.column}` : "";
    lines.push(`${file}${place}: ${severityOf(problem)}: ${message}`);
    if (advice !== undefined) lines.push(`  ${advice}`);
  }
  if (problems.length === 0) lines.push("No problem was found.");
  return `${lines.join("\n")}\n`;
}
