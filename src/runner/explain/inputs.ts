/** The samples and the background of an explanation, from a run's recipe or from files. */
import { type Inputs as ExampleInputs, takeRows } from "../../data/inputs";
import type { TrainingData } from "../../data/trainingData";
import type { NdArray } from "../../protocol/ndArray";
import type { RunManifest } from "../../protocol/runManifest";
import { UsageError } from "../errors";
import { applyOverrides } from "../hyperparameters";
import { loadRecipe } from "../recipe";
import { SeededRandom } from "../random";
import { readTrainingData } from "../training/examples";
import { readExamples } from "../training/exampleSets";
import { readArrayFile } from "./arrayFile";
import { type BackgroundChoice, type SampleChoice, checkRange } from "./choices";
import { drawRows } from "./rows";
import type { LayersSubject, TreeRunSubject } from "./subject";

export interface Inputs {
  /** [samples, ...features]. */
  samples: NdArray;
  /** [samples, ...features]: what the explanation shows as the samples' values, where it is not what the model takes. */
  raw?: NdArray;
  /** [references, ...features]. */
  background: NdArray;
  /** Number of each sample in its split or file. */
  sampleIndices: number[];
  /** Targets of the samples, where they are known. */
  targets?: NdArray;
  featureNames?: readonly string[];
  classNames?: readonly string[];
  targetNames?: readonly string[];
}

/**
 * Loads what was chosen. A recipe is loaded only where rows come from its data.
 *
 * @throws UserError, UsageError
 */
export async function loadInputs(
  subject: LayersSubject | TreeRunSubject,
  samples: SampleChoice,
  background: BackgroundChoice,
  seed: number,
): Promise<Inputs> {
  const needsRecipe = samples.kind === "rows" || background.kind === "draw";
  if (needsRecipe && subject.kind === "model") {
    throw new UsageError(
      "A bare model has no data of its own.",
      "Give both: --background FILE.npz --samples FILE.npz, each with rows of the model's input.",
    );
  }
  const data = subject.kind !== "model" && needsRecipe ? await recipeData(subject.manifest) : undefined;
  const chosen = await chooseSamples(samples, data);
  return {
    ...chosen,
    background: await chooseBackground(background, data, seed),
    ...(data?.featureNames ? { featureNames: data.featureNames } : {}),
    ...(data?.classNames ? { classNames: data.classNames } : {}),
    ...(data?.targetNames ? { targetNames: data.targetNames } : {}),
  };
}

/** The data as training saw it: with the run's hyperparameters and seed. */
async function recipeData(manifest: RunManifest): Promise<TrainingData<ExampleInputs>> {
  const random = new SeededRandom(manifest.seed);
  try {
    const recipe = await loadRecipe(manifest.recipe.path);
    applyOverrides(
      recipe.hyperparameters,
      Object.entries(manifest.overrides).map(([name, value]) => `${name}=${value}`),
    );
    return await readTrainingData(await recipe.data());
  } finally {
    random.dispose();
  }
}

async function chooseSamples(
  choice: SampleChoice,
  data: TrainingData<ExampleInputs> | undefined,
): Promise<Pick<Inputs, "samples" | "raw" | "sampleIndices" | "targets">> {
  if (choice.kind === "file") {
    const samples = await readArrayFile(choice.file);
    return { samples, sampleIndices: Array.from({ length: samples.shape[0] }, (_, i) => i) };
  }
  if (!data) throw new Error("rows were chosen without data");
  const [split, name] = data.test ? [data.test, "test"] : [data.validation, "validation"];
  const rows = split.x.shape[0];
  const { from } = choice.range;
  if (choice.asked) checkRange(choice.range, rows, name);
  const to = Math.min(choice.range.to, rows - 1);
  const sampleIndices = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return {
    samples: await readExamples(split.x, sampleIndices),
    ...(split.raw ? { raw: takeRows(split.raw, sampleIndices) } : {}),
    sampleIndices,
    targets: takeRows(split.y, sampleIndices),
  };
}

async function chooseBackground(
  choice: BackgroundChoice,
  data: TrainingData<ExampleInputs> | undefined,
  seed: number,
): Promise<NdArray> {
  if (choice.kind === "file") return readArrayFile(choice.file);
  if (!data) throw new Error("rows were chosen without data");
  const { x } = data.train;
  const rows = x.shape[0];
  return readExamples(x, drawRows(rows, choice.asked ? choice.count : Math.min(choice.count, rows), seed));
}
