/** Names inside a run folder, and of the folder itself. The run folder is the interface between processes. */

/** Where runs live, relative to the workspace folder. */
export const RUNS_FOLDER = ".trainlens/runs";

/** File and folder names inside one run folder. */
export const RUN_FILES = {
  manifest: "run.json",
  events: "events.jsonl",
  output: "output.log",
  /** Held by the process that trains: its pid, start time and machine. */
  lock: "train.lock",
  /** Present when somebody asked the runner to stop at the next batch. */
  stop: "stop",
  checkpoint: "checkpoint",
  /** Where the recipe has a comparison: the checkpoint of its training. */
  compared: "compared",
  model: "model",
  modelJson: "model/model.json",
  /** In place of model.json, where the model is of trees. */
  treesJson: "model/trees.json",
  /** Of a recipe that has several: those besides the model. */
  networks: "networks",
  /** Pictures that the model has made. */
  samples: "samples",
  explanations: "explanations",
} as const;

export const EXPLANATION_SUFFIX = ".shap.npz";

/** A recipe's name: its file's without the ending, or its folder's where the file's says nothing. */
export function recipeName(file: string): string {
  const names = file.split(/[\\/]/);
  const stem = (names.at(-1) ?? "").replace(/\.[^.]+$/, "");
  return ["train", "index", "recipe"].includes(stem) ? (names.at(-2) ?? stem) : stem;
}

/**
 * A run's id, sortable by time: `20261123-161502-digits-7f3a`.
 *
 * @param recipe its name, shown in the middle; anything but letters, digits, `_` and `-` is dropped.
 * @param random a number in [0, 1) that makes the last four hex digits.
 */
export function makeRunId(started: Date, recipe: string, random: number = Math.random()): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${started.getFullYear()}${two(started.getMonth() + 1)}${two(started.getDate())}`;
  const time = `${two(started.getHours())}${two(started.getMinutes())}${two(started.getSeconds())}`;
  const name =
    recipe
      .replace(/[^A-Za-z0-9_-]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40) || "run";
  const suffix = Math.floor(random * 0x10000)
    .toString(16)
    .padStart(4, "0");
  return `${date}-${time}-${name}-${suffix}`;
}
