/** `trainlens new --data`: a recipe for a file or folder of the user's own. */
import path from "node:path";
import { DataError } from "../data/dataError";
import { inspectData } from "../data/inspect";
import type { DataFacts } from "../protocol/dataFacts";
import {
  type RecipeLanguage,
  type Scaffold,
  TEMPLATES,
  type TemplateId,
  recipeFromData,
  templatesFor,
} from "../scaffold";
import { UsageError, UserError } from "./errors";

export interface DataOptions {
  data?: string;
  target?: string;
  describe?: boolean;
}

type Asked = DataOptions & { data: string; language: RecipeLanguage; json?: boolean };

/**
 * The recipe that fits the data, and where it goes: by default a new folder named like the data, with "-recipe".
 *
 * @param template the template's id, or the folder, where no folder follows.
 * @throws UsageError, UserError that say what does not fit.
 */
export async function planFromData(
  template: string | undefined,
  folder: string | undefined,
  { data, target, language, json }: Asked,
): Promise<{ target: string; files: Scaffold }> {
  if (language === "python") {
    throw new UsageError("A recipe for data of your own has no python form.", "Give it --language javascript.");
  }
  const facts = await look(data);
  checkTarget(facts, target);
  const isTemplate = TEMPLATES.some(({ id }) => id === template);
  if (template !== undefined && folder !== undefined && !isTemplate) {
    throw new UsageError(`There is no template "${template}".`, `Those that fit: ${fitting(facts, target)}.`);
  }
  const fit = templatesFor(facts, target);
  const chosen = isTemplate ? (template as TemplateId) : fit.at(0);
  if (chosen === undefined || !fit.includes(chosen)) {
    throw new UsageError(
      chosen === undefined
        ? `No template fits ${path.basename(facts.path)}.`
        : `The template "${chosen}" does not fit ${path.basename(facts.path)}.`,
      `Those that fit: ${fitting(facts, target)}.`,
    );
  }
  const place = path.resolve(folder ?? (isTemplate ? undefined : template) ?? `${facts.name}-recipe`);
  if (!json) process.stdout.write(`${sentence(facts, target)}\n`);
  const answers = { template: chosen, language, folder: place, ...(target === undefined ? {} : { target }) };
  return { target: place, files: await recipeFromData(facts, answers) };
}

/** Prints what the data holds. */
export async function sayData({ data, target, json }: Asked): Promise<void> {
  const facts = await look(data);
  checkTarget(facts, target);
  if (json) {
    process.stdout.write(JSON.stringify(facts) + "\n");
    return;
  }
  const columns =
    facts.kind === "table"
      ? facts.columns.map(
          ({ name, kind, distinct, missing }) =>
            `  ${name}: ${kind}, ${distinct} different${missing > 0 ? `, ${missing} missing` : ""}\n`,
        )
      : [];
  process.stdout.write(
    `${sentence(facts, target)}\n${columns.join("")}Templates that fit: ${fitting(facts, target)}.\n`,
  );
}

async function look(data: string): Promise<DataFacts> {
  try {
    return await inspectData(data);
  } catch (error) {
    if (error instanceof DataError) throw new UserError(error.message, error.advice, { cause: error });
    throw error;
  }
}

/** @throws UsageError where it is no column that could be predicted. */
function checkTarget(facts: DataFacts, target: string | undefined): void {
  if (target === undefined) return;
  if (facts.kind !== "table") {
    throw new UsageError(
      `${path.basename(facts.path)} is no table: it has no columns to choose from.`,
      "Leave --target out.",
    );
  }
  const column = facts.columns.find(({ name }) => name === target);
  if (column && column.tasks.length > 0) return;
  const usable = facts.columns.filter(({ tasks }) => tasks.length > 0).map(({ name }) => `"${name}"`);
  throw new UsageError(
    column
      ? `The column "${target}" cannot be predicted: it is ${column.kind}, with ${column.distinct} different values.`
      : `${path.basename(facts.path)} has no column "${target}".`,
    `Those that can: ${usable.join(", ")}.`,
  );
}

function fitting(facts: DataFacts, target: string | undefined): string {
  return templatesFor(facts, target).join(", ") || "none; pictures must be at least 10 pixels high and wide";
}

function sentence(facts: DataFacts, target?: string): string {
  const name = path.basename(facts.path);
  if (facts.kind === "table") {
    const chosen = target ?? facts.target;
    const hint = target === undefined ? " (another one: --target <column>)" : "";
    return `${name} has ${facts.rows} rows of ${facts.columns.length} columns; the target is ${chosen}${hint}.`;
  }
  const classes = facts.classes.length > 0 ? `, ${facts.classes.length} classes` : "";
  return `${name} has ${facts.examples} examples of shape [${facts.inputShape.join(", ")}]${classes}.`;
}
