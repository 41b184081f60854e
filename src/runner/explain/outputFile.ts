/** Where an explanation is written, and how its run tells of it. */
import path from "node:path";
import { type ExplanationFrame, ExplanationStream } from "../../npz";
import { formatRowRange } from "../../protocol/rowRange";
import { EXPLANATION_SUFFIX } from "../../protocol/runFolder";
import { insidePath } from "../insidePath";
import { writeParts } from "../wholeFile";
import type { TakeValues } from "./blocks";
import type { BackgroundChoice, SampleChoice } from "./choices";

/** The seed that a background is drawn with where the user says nothing. */
export const DEFAULT_SEED = 42;

/** What an explanation is of: each choice that changes its values stands in its default name. */
export interface Explained {
  method: string;
  /** What the method was told, besides. */
  parameters?: Readonly<Record<string, string | number | boolean>>;
  /** Whether its values depend on the seed also where the background is not drawn. */
  draws?: boolean;
  samples: SampleChoice;
  /** Trees need none. */
  background?: BackgroundChoice;
  seed: number;
}

/** `deep-0-9-bg100.shap.npz`: what was asked again has the same name, and replaces the older one. */
export function defaultName({ method, samples, background, seed, parameters = {}, draws = false }: Explained): string {
  const rows = samples.kind === "rows" ? formatRowRange(samples.range) : path.parse(samples.file).name;
  const references = background?.kind === "file" ? `-${path.parse(background.file).name}` : background?.count;
  const told = Object.entries(parameters).map(([name, value]) => `-${name}${String(value).replace(/[^\w.-]/g, "")}`);
  const drawn = (draws || background?.kind === "draw") && seed !== DEFAULT_SEED ? `-seed${seed}` : "";
  return `${method}-${rows}${references === undefined ? "" : `-bg${references}`}${told.join("")}${drawn}${EXPLANATION_SUFFIX}`;
}

/**
 * The file as an `explained` event names it: relative to the run folder, with slashes, or by its whole path where it
 * lies elsewhere.
 *
 * @param file absolute. @param platform whose rules for paths; this machine's own by default.
 */
export function pathInRun(runFolder: string, file: string, platform: path.PlatformPath = path): string {
  return insidePath(runFolder, file, platform)?.split(platform.sep).join("/") ?? file;
}

/**
 * Writes values as they are computed; what else is known of the explanation follows them. Where computing fails, nothing is
 * left, and a file that was there stays.
 *
 * @throws UserError where it cannot be written, and what `compute` throws.
 */
export async function writeExplanationFile(
  file: string,
  compute: (takeValues: TakeValues) => Promise<ExplanationFrame>,
): Promise<ExplanationFrame> {
  return await writeParts(file, async (append) => {
    let waiting: Uint8Array[] = [];
    const stream = new ExplanationStream((bytes) => waiting.push(bytes));
    const flush = async (): Promise<void> => {
      const ready = waiting;
      waiting = [];
      for (const bytes of ready) await append(bytes);
    };
    const explanation = await compute(async (block, whole) => {
      stream.values(block, whole);
      await flush();
    });
    stream.end(explanation);
    await flush();
    return explanation;
  });
}
