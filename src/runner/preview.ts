/** `trainlens preview`: what a recipe's augmentation makes of its own pictures. */
import { Command } from "commander";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { type PreviewReply, PreviewRequest } from "../protocol/preview";
import { openChosen } from "./backendChoice";
import { UsageError, UserError } from "./errors";
import { describeFailure } from "./failure";
import { applyOverrides } from "./hyperparameters";
import { wholeNumber } from "./options";
import { pictureGrid } from "./plot/pictureGrid";
import { PreviewSession, VARIANTS } from "./preview/session";
import { loadRecipe } from "./recipe";
import { checkWritable, writeWhole } from "./wholeFile";

interface PreviewOptions {
  output: string;
  set: string[];
  seed: string;
  serve?: boolean;
}

export function previewCommand(): Command {
  return new Command("preview")
    .description("draw what a recipe's augmentation makes of its own pictures")
    .argument("<recipe>", "path of a train.ts or train.js that exports augment")
    .option("-o, --output <file.png>", "originals in the first column, variants beside them", "augmentation.png")
    .option(
      "--set <name=value>",
      "override a hyperparameter (repeatable)",
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option("--seed <number>", "of the draws", "42")
    .option("--serve", "answer requests, a JSON line each on standard input, until it ends")
    .action(preview);
}

async function preview(file: string, { output, set, seed, serve }: PreviewOptions): Promise<void> {
  const number = wholeNumber("--seed", seed);
  if (!serve && path.extname(output).toLowerCase() !== ".png") {
    throw new UsageError(`${output} is no PNG file.`, "Give it a name that ends in .png.");
  }
  const recipe = await loadRecipe(file);
  applyOverrides(recipe.hyperparameters, set);
  // Small batches: what needs no installation is quick enough, and looks the same on every machine.
  const backend = await openChosen({ backend: "wasm" }, { recipe: path.dirname(recipe.path) });
  try {
    const session = await PreviewSession.open(recipe);
    if (serve) return await answer(session);
    await checkWritable(output);
    const { png } = pictureGrid(await session.grid(number), { columns: VARIANTS + 1 });
    await writeWhole(output, png);
    process.stdout.write(`Wrote ${output}.\n`);
  } finally {
    await backend.close();
  }
}

async function answer(session: PreviewSession): Promise<void> {
  const say = (reply: PreviewReply): void => {
    process.stdout.write(JSON.stringify(reply) + "\n");
  };
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await session.show(parseRequest(line)));
    } catch (error) {
      // The next request may be one that can be answered.
      const { message, advice } = describeFailure(error);
      say({ type: "failed", message, ...(advice === undefined ? {} : { advice }) });
    }
  }
}

function parseRequest(line: string): PreviewRequest {
  try {
    return v.parse(PreviewRequest, JSON.parse(line));
  } catch (error) {
    throw new UserError(`This is no request for a preview: ${line.slice(0, 200)}`, undefined, { cause: error });
  }
}
