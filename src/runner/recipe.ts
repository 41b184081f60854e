/** A recipe: an ordinary module with `data`, `createModel` and, if it likes, more. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { access, constants, stat } from "node:fs/promises";
import { register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { assetPath } from "../data/assets";
import { type Augmentation, AugmentationError } from "../data/augment/augmentation";
import { DataError } from "../data/dataError";
import * as recipeData from "../data/index";
import type { Inputs } from "../data/inputs";
import { inRecipeFolder } from "../data/recipeFolder";
import type { OwnTraining } from "../data/ownStep";
import type { TrainingData } from "../data/trainingData";
import * as recipeModels from "../models/index";
import { type TreeLearner, isTreeLearner } from "../models/trees/treeLearner";
import { recipeName } from "../protocol/runFolder";
import { Hyperparameter } from "../protocol/runManifest";
import { writeTypeSupport } from "../scaffold/ideConfig";
import { UserError } from "./errors";
import { fileSystemError } from "./fileSystemError";
import { type HookData, MODULES } from "./recipeModules";
import * as recipeShap from "./shapModule/index";
import { placeInStack } from "./stackPlace";
import * as tfjs from "./tfjs";

export interface Recipe {
  /** As `recipeName` gives it. */
  name: string;
  /** Absolute. */
  path: string;
  language: "typescript" | "javascript";
  /** The module's own object: a value set here is what `data` and `createModel` see. */
  hyperparameters: Record<string, Hyperparameter>;
  data: () => Promise<TrainingData<Inputs>>;
  /** A compiled model, or what grows trees; the recipe is given its data, checked, and may leave it. */
  createModel: (data: TrainingData<Inputs>) => Promise<LayersModel | TreeLearner>;
  /** Whether it exports `augment`. */
  augments: boolean;
  /** What is done to training batches with the hyperparameters as they are now; undefined for nothing. */
  augment: () => Promise<Augmentation | undefined>;
  /** Where it has a training step of its own. */
  own?: OwnTraining;
  /** Hyperparameters to train once more with, for comparison. */
  compare?: Record<string, Hyperparameter>;
  /** Lets more layers learn, and compiles the model again. */
  fineTune?: (model: LayersModel) => Promise<void>;
  /** What it does with the trained model, once that is saved. */
  onTrainEnd?: (model: LayersModel, data: TrainingData<Inputs>) => Promise<void>;
}

const LANGUAGES: Record<string, Recipe["language"]> = {
  ".ts": "typescript",
  ".mts": "typescript",
  ".js": "javascript",
  ".mjs": "javascript",
};

const SHAPE_OF_A_RECIPE =
  "A recipe exports `data` and `createModel` (functions) and, if it likes, `hyperparameters` and `compare` (objects of numbers, texts and booleans), `augment`, `fineTune`, `onTrainEnd` and `trainStep` (functions).";

const RecipeModule = v.object({
  hyperparameters: v.optional(v.record(v.string(), Hyperparameter), () => ({})),
  data: v.function(),
  createModel: v.function(),
  augment: v.optional(v.function()),
  trainStep: v.optional(v.function()),
  samples: v.optional(v.function()),
  judge: v.optional(v.function()),
  networks: v.optional(v.function()),
  fineTune: v.optional(v.function()),
  onTrainEnd: v.optional(v.function()),
  compare: v.optional(v.record(v.string(), Hyperparameter)),
});

/** Names by which a recipe imports what the runner brings. */
const OWN_MODULES: Record<string, object> = {
  "@tensorflow/tfjs": tfjs,
  "@tensorflow/tfjs-core": tfjs,
  "@tensorflow/tfjs-layers": tfjs,
  "trainlens/data": recipeData,
  "trainlens/models": recipeModels,
  "trainlens/shap": recipeShap,
};

let hooksRegistered = false;

/** Node's module system has one set of hooks a process, and no way to take them back. */
function registerHooks(): void {
  if (hooksRegistered) return;
  hooksRegistered = true;
  Object.assign(globalThis, { [MODULES]: OWN_MODULES });
  const exports = Object.fromEntries(
    Object.entries(OWN_MODULES).map(([name, module]) => [name, Object.keys(module).filter(isExportable)]),
  );
  const data: HookData = { exports };
  register(pathToFileURL(assetPath("recipeHooks.mjs")), { data });
}

function isExportable(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default";
}

/**
 * Imports a recipe. `@tensorflow/tfjs*` and `trainlens/*` resolve to the runner's own copies; other imports as usual.
 *
 * @throws UserError where the file cannot be read, does not parse, throws, or lacks an export.
 */
export async function loadRecipe(file: string): Promise<Recipe> {
  const absolute = path.resolve(file);
  const language = LANGUAGES[path.extname(absolute)];
  if (!language) {
    throw new UserError(
      `${file} is no recipe: its name ends in none of ${Object.keys(LANGUAGES).join(", ")}.`,
      SHAPE_OF_A_RECIPE,
    );
  }
  await checkReadable(absolute);
  await writeTypeSupport(path.dirname(absolute)).catch(() => undefined);
  registerHooks();
  const module = await importModule(absolute);
  const parsed = v.safeParse(RecipeModule, module);
  if (!parsed.success) {
    const missing = [...new Set(parsed.issues.map((issue) => v.getDotPath(issue) ?? "it"))].join(", ");
    throw new UserError(`${file} is no recipe: ${missing} is missing or of the wrong kind.`, SHAPE_OF_A_RECIPE);
  }
  // The module's own object, not valibot's copy: what --set changes must reach the recipe's functions.
  const { fineTune, onTrainEnd, compare } = parsed.output;
  const own = (module as { hyperparameters?: Recipe["hyperparameters"] }).hyperparameters ?? {};
  const { trainStep, samples, judge, networks } = parsed.output;
  if (!trainStep && (samples ?? judge ?? networks)) {
    throw new UserError(
      `${file} exports samples, judge or networks, and no trainStep.`,
      "They go with a training step of the recipe's own: export it as trainStep, or leave them out.",
    );
  }
  type Call = (...args: unknown[]) => unknown;
  const guarded = (name: string, call: Call | undefined): Call | undefined =>
    call &&
    ((...args) => {
      try {
        return call(...args);
      } catch (error) {
        throw recipeError(error, absolute, `threw in ${name}()`);
      }
    });
  const ownTraining = trainStep && {
    trainStep: guarded("trainStep", trainStep),
    samples: guarded("samples", samples),
    judge: guarded("judge", judge),
    networks: guarded("networks", networks),
  };
  return {
    ...(ownTraining ? { own: ownTraining as OwnTraining } : {}),
    name: recipeName(absolute),
    path: absolute,
    language,
    hyperparameters: own,
    data: async () => (await callRecipe(absolute, "data", parsed.output.data)) as TrainingData<Inputs>,
    createModel: async (data) => {
      const model = await callRecipe(absolute, "createModel", parsed.output.createModel, data);
      if (isTreeLearner(model)) return model;
      if (!(model instanceof tfjs.LayersModel)) {
        throw new UserError(
          `createModel() of ${file} returned ${describe(model)}, not a model.`,
          "Return what tf.sequential(…) or tf.model(…) made, after model.compile(…); or decisionTree(…) or randomForest(…) of trainlens/models.",
        );
      }
      return model;
    },
    augments: parsed.output.augment !== undefined,
    augment: async () => {
      const { augment } = parsed.output;
      if (augment === undefined) return undefined;
      // As it is written, `export const augment = compose(…)`: made before --set has changed the hyperparameters.
      const returned = "steps" in augment ? augment : await callRecipe(absolute, "augment", augment);
      if (returned === undefined || returned === null) return undefined;
      if (typeof returned !== "function" || returned === augment) {
        throw new UserError(
          returned === augment
            ? `${file} exports an augmentation as augment, not a function that makes one.`
            : `augment() of ${file} returned ${describe(returned)}, not an augmentation.`,
          "Write: export function augment() { return compose(randomFlip(), …); } with functions of trainlens/data.",
        );
      }
      return returned as Augmentation;
    },
    ...(compare ? { compare } : {}),
    ...(fineTune
      ? {
          fineTune: async (model: LayersModel) => {
            await callRecipe(absolute, "fineTune", () => fineTune(model));
          },
        }
      : {}),
    ...(onTrainEnd
      ? {
          onTrainEnd: async (model: LayersModel, data: TrainingData<Inputs>) => {
            await callRecipe(absolute, "onTrainEnd", onTrainEnd, model, data);
          },
        }
      : {}),
  };
}

async function checkReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
    if (!(await stat(file)).isFile())
      throw new UserError(`${file} is a folder, not a recipe.`, "Give the path of its train.ts or train.js.");
  } catch (error) {
    throw fileSystemError(error, `The recipe ${file} cannot be read`);
  }
}

async function importModule(file: string): Promise<unknown> {
  try {
    return await inRecipeFolder(path.dirname(file), () => import(pathToFileURL(file).href) as Promise<unknown>);
  } catch (error) {
    throw recipeError(error, file, "cannot be loaded");
  }
}

async function callRecipe(
  file: string,
  name: string,
  call: (...args: unknown[]) => unknown,
  ...args: unknown[]
): Promise<unknown> {
  try {
    return await inRecipeFolder(path.dirname(file), () => call(...args));
  } catch (error) {
    throw recipeError(error, file, `threw in ${name}()`);
  }
}

/** What went wrong inside a recipe, with the place in it. */
function recipeError(error: unknown, file: string, what: string): unknown {
  if (error instanceof UserError) return error;
  if (error instanceof AugmentationError || error instanceof DataError)
    return new UserError(error.message, error.advice, { cause: error });
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = placeInStack(stack, path.dirname(file));
  const where = place !== undefined && !message.includes(place) ? ` (${place})` : "";
  return new UserError(`The recipe ${path.basename(file)} ${what}: ${message}${where}`, undefined, { cause: error });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `a ${value.constructor.name}` : `a ${typeof value}`;
}
