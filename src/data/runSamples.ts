/** Pictures that a run has made, as training data for another recipe. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { NpzError, readNpz } from "../npz";
import { RUNS_FOLDER, RUN_FILES } from "../protocol/runFolder";
import { type RunManifest, parseManifest } from "../protocol/runManifest";
import { DataError } from "./dataError";
import { readDataFile, resolveDataPath } from "./recipeFolder";
import type { NdArray } from "./trainingData";

const SAMPLES = path.join(RUN_FILES.samples, "samples.npz");

export interface RunSamples {
  /** The run's folder, absolute. */
  run: string;
  /** [pictures, height, width, 1 or 3], 0 to 1: what it has made last. */
  x: NdArray;
  /** With which it was trained. */
  hyperparameters: Record<string, number | string | boolean>;
}

/**
 * The pictures that a recipe's `samples` made in a run.
 *
 * @param options.recipe the recipe's name; its newest run that has made pictures is taken, from the `.trainlens/runs` beside the
 *   recipe that asks, or nearest above it, or in the working folder.
 * @param options.run a run's folder in place of that, relative to the recipe; "" for none.
 * @throws DataError where there is no such run.
 */
export function runSamples({ recipe, run = "" }: { recipe: string; run?: string }): RunSamples {
  const folder = run === "" ? newestRun(recipe) : resolveDataPath(run);
  if (folder === undefined || !existsSync(path.join(folder, SAMPLES))) {
    throw new DataError(
      folder === undefined
        ? `There is no run of the recipe "${recipe}" with pictures in a folder ${RUNS_FOLDER} here or above.`
        : `The run ${folder} has no pictures (${SAMPLES}).`,
      `Train the recipe "${recipe}" first (trainlens new ${recipe}; trainlens train ${recipe}/train.ts), or name a run of it: --set run=FOLDER.`,
    );
  }
  const manifest = manifestOf(folder);
  if (!manifest) throw new DataError(`${folder} holds no run.`, "Name a run's folder: --set run=FOLDER.");
  return { run: folder, x: picturesOf(path.join(folder, SAMPLES)), hyperparameters: manifest.hyperparameters };
}

function newestRun(recipe: string): string | undefined {
  const places = [...foldersUpFrom(resolveDataPath(".")), process.cwd()];
  for (const place of places) {
    const runs = path.join(place, RUNS_FOLDER);
    if (!existsSync(runs)) continue;
    // Ids begin with the time.
    for (const id of readdirSync(runs).sort().reverse()) {
      const folder = path.join(runs, id);
      if (existsSync(path.join(folder, SAMPLES)) && manifestOf(folder)?.recipe.name === recipe) return folder;
    }
  }
  return undefined;
}

function foldersUpFrom(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)];
}

function manifestOf(folder: string): RunManifest | undefined {
  const file = path.join(folder, RUN_FILES.manifest);
  return existsSync(file) ? parseManifest(readFileSync(file, "utf8")) : undefined;
}

function picturesOf(file: string): NdArray {
  try {
    const x = readNpz(readDataFile(file)).get("x");
    if (x?.kind === "numeric" && x.shape.length === 4) return { data: Float32Array.from(x.data), shape: x.shape };
  } catch (error) {
    if (error instanceof NpzError) throw new DataError(`${file}: ${error.message}`, undefined, { cause: error });
    throw error;
  }
  throw new DataError(`${file} has no pictures x of shape [n, height, width, channels].`);
}
