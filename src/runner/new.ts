/** `trainlens new`: writes a recipe. */
import { Command, Option } from "commander";
import path from "node:path";
import {
  LANGUAGES,
  type RecipeLanguage,
  TEMPLATES,
  type Template,
  existingFiles,
  scaffold,
  writeScaffold,
  type Scaffold,
  writeTypeSupport,
} from "../scaffold";
import { UsageError, UserError } from "./errors";
import { fileSystemError } from "./fileSystemError";
import { type DataOptions, planFromData, sayData } from "./newFromData";

interface NewOptions extends DataOptions {
  language: RecipeLanguage;
  base?: string;
  force?: boolean;
  json?: boolean;
}

export function newCommand(): Command {
  const templates = TEMPLATES.map(
    ({ id, description, languages }) => `  ${id.padEnd(14)} ${description} (${languages.join(", ")})`,
  ).join("\n");
  return new Command("new")
    .description("write a recipe into a folder")
    .argument("[template]", `one of: ${TEMPLATES.map(({ id }) => id).join(", ")}; with --data, the one that fits best`)
    .argument("[folder]", "where to; by default a new folder named like the template or the data")
    .option("--data <path>", "a CSV, TSV, npz, npy or IDX file, or a folder of pictures, to fill the recipe in for")
    .option("--target <column>", "of a table: what to predict")
    .option("--describe", "with --data: say what it holds and which templates fit, and write nothing")
    .addOption(new Option("--language <name>", "of the recipe").choices(LANGUAGES).default("typescript"))
    .option(
      "--base <name>",
      "of the template transfer: mobilenetv2, or vgg16, which downloads 58 MB (default: mobilenetv2)",
    )
    .option("--force", "replace files that are there already")
    .option("--json", "print the files written as one JSON value")
    .addHelpText("after", `\nTemplates:\n${templates}`)
    .action(createRecipe);
}

async function createRecipe(
  template: string | undefined,
  folder: string | undefined,
  options: NewOptions,
): Promise<void> {
  if (options.data !== undefined && options.base !== undefined)
    throw new UsageError(
      "--base is not for recipes from data.",
      "Write vgg16 into the recipe where it says mobileNetV2.",
    );
  if (options.data !== undefined && options.describe) return await sayData({ ...options, data: options.data });
  const { target, files } =
    options.data === undefined
      ? await planFromTemplate(template, folder, options)
      : await planFromData(template, folder, { ...options, data: options.data });
  await write(target, files, options);
}

interface Plan {
  /** The folder, absolute. */
  target: string;
  files: Scaffold;
}

async function planFromTemplate(
  template: string | undefined,
  folder: string | undefined,
  { language, target, describe, base }: NewOptions,
): Promise<Plan> {
  if (target !== undefined || describe) {
    throw new UsageError("--target and --describe are of data.", "Give its path: --data <path>.");
  }
  const known = TEMPLATES.find(({ id }) => id === template);
  if (!known) {
    throw new UsageError(
      template === undefined ? "No template is given." : `There is no template "${template}".`,
      `Use one of: ${TEMPLATES.map(({ id }) => id).join(", ")}.`,
    );
  }
  const languages: readonly RecipeLanguage[] = known.languages;
  if (!languages.includes(language)) {
    throw new UsageError(
      `The template "${template}" has no ${language} form.`,
      `Give it --language ${languages.join(" or ")}.`,
    );
  }
  if (base !== undefined) checkBase(known, base, language);
  return { target: path.resolve(folder ?? known.id), files: await scaffold(known.id, language, base) };
}

/** @throws UsageError */
function checkBase({ id, bases = [] }: Template, base: string, language: RecipeLanguage): void {
  if (language === "python")
    throw new UsageError("--base is for recipes.", "The Python form is on VGG16; leave it out.");
  if (bases.some((each) => each.id === base)) return;
  throw new UsageError(
    `The template "${id}" has no base "${base}".`,
    bases.length > 0 ? `Give --base ${bases.map((each) => each.id).join(" or ")}.` : "Leave --base out.",
  );
}

async function write(target: string, files: Scaffold, options: NewOptions): Promise<void> {
  const existing = existingFiles(target, files);
  if (existing.length > 0 && !options.force) {
    throw new UserError(
      `${target} already has ${existing.join(", ")}.`,
      "Give another folder, or replace the files with --force.",
    );
  }
  try {
    await writeScaffold(target, files);
    await writeTypeSupport(target);
  } catch (error) {
    throw fileSystemError(error, `The recipe cannot be written to ${target}`);
  }
  const written = files.map((file) => path.join(target, file.path));
  if (options.json) {
    process.stdout.write(JSON.stringify({ recipe: written[0], files: written }) + "\n");
    return;
  }
  const recipe = path.relative(process.cwd(), written[0]) || written[0];
  const next =
    options.language === "python"
      ? `Install what it needs: pip install -r ${path.join(path.dirname(recipe), "requirements.txt")}\nTrain it: python ${recipe}`
      : `Train it: trainlens train ${recipe}`;
  process.stdout.write(`Wrote ${recipe}.\n${next}\n`);
}
