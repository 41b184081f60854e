/** `trainlens explain --judge`: scores an explanation while its model and background are at hand. */
import { takeRows } from "../../data/inputs";
import { JUDGE_NAMES, type JudgeName, type Judgement } from "../../protocol/judgement";
import type { NdArray } from "../../protocol/ndArray";
import { indexOfHighest } from "../../protocol/numbers";
import { type Judged, type Predictor, faithfulness, infidelity, maxSensitivity, stability } from "../../shap";
import { UsageError } from "../errors";
import type { Explained } from "./blocks";
import { type Watched, explainWatched } from "./result";

export type JudgeChoice = readonly JudgeName[];

/** As typed, in the order in which they are printed. */
const TYPED_NAMES: Readonly<Record<string, JudgeName>> = {
  additivity: "additivity",
  faithfulness: "faithfulness",
  infidelity: "infidelity",
  "max-sensitivity": "maxSensitivity",
  stability: "stability",
};

/** Of more samples, so many are judged, evenly spread. */
const MOST_SAMPLES = 50;
const DRAWS = { infidelity: 100, maxSensitivity: 10, radius: 0.02, resamples: 20 };

/** @param typed true for all, or names with commas between. @throws UsageError for one that is none. */
export function parseJudges(typed: string | true): JudgeChoice {
  if (typed === true) return JUDGE_NAMES;
  const names = typed.split(",").map((name) => name.trim());
  const chosen = names.map((name) => {
    if (Object.hasOwn(TYPED_NAMES, name)) return TYPED_NAMES[name];
    throw new UsageError(`--judge ${name} is no judge.`, `There are: ${Object.keys(TYPED_NAMES).join(", ")}.`);
  });
  return JUDGE_NAMES.filter((name) => chosen.includes(name));
}

interface Watch {
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

export interface JudgeWork extends Watched {
  /** What was explained. */
  predictor: Predictor;
  /** Explains all outputs of other rows against other references, in the same way. */
  explainAgain: (samples: NdArray, background: NdArray, watch: Watch) => Promise<Float32Array>;
  samples: NdArray;
  background: NdArray;
  /** The values kept are those of `judgedRows`. */
  result: Explained;
  chunkMB: number;
  seed: number;
  judges?: JudgeChoice;
}

/** How progress is shared between explaining and judging, which takes longer. */
export function judgedParts({ judges, progress }: Pick<JudgeWork, "judges" | "progress">): {
  explaining: (fraction: number) => void;
  judging: (fraction: number) => void;
} {
  if (!judges) return { explaining: progress, judging: () => undefined };
  return {
    explaining: (fraction) => progress(fraction / 4),
    judging: (fraction) => progress(1 / 4 + (fraction * 3) / 4),
  };
}

/**
 * @returns the scores, and, where stability was asked for of all samples and outputs, bounds of the values.
 * @throws StoppedError where a stop was asked for.
 */
export async function judge(
  judges: JudgeChoice,
  work: JudgeWork,
): Promise<{ judgement: Judgement; bounds?: { lowerBounds: Float32Array; upperBounds: Float32Array } }> {
  const { predictor, seed, background, result } = work;
  const { judged, rows, ranked } = chosenOutputs(work);
  const watched = { stopRequested: work.stopRequested, progress: judgedParts(work).judging };
  const { result: answer } = await explainWatched(watched, async ({ onProgress, signal }) => {
    const judgement: Judgement = { samples: rows.length, seed };
    let done = 0;
    // Progress is by judge; within one, a stop is noticed.
    const onStep = (): void => onProgress(Math.min(0.999, done / judges.length));
    const options = { seed, chunkMB: work.chunkMB, signal, onStep };
    const explainAgain = (x: NdArray, rowsOfBackground: NdArray): Promise<Float32Array> =>
      work.explainAgain(x, rowsOfBackground, { signal, onProgress: onStep });
    let bounds: { lowerBounds: Float32Array; upperBounds: Float32Array } | undefined;
    const run: Record<JudgeName, () => Promise<void>> = {
      additivity: async () => {
        judgement.additivity = { max: result.additivityError, mean: result.meanAdditivityError };
      },
      faithfulness: async () => {
        judgement.faithfulness = await faithfulness(predictor, background, judged, options);
      },
      infidelity: async () => {
        const draws = DRAWS.infidelity;
        judgement.infidelity = { ...(await infidelity(predictor, background, judged, { ...options, draws })), draws };
      },
      maxSensitivity: async () => {
        const { maxSensitivity: draws, radius } = DRAWS;
        const again = async (x: NdArray): Promise<Float64Array> =>
          pick(await explainAgain(x, background), judged.outputs, predictor.outputs);
        const score = await maxSensitivity(background, judged, again, { ...options, draws, radius });
        judgement.maxSensitivity = { ...score, draws, radius };
      },
      stability: async () => {
        const { resamples } = DRAWS;
        const whole = rows.length === result.samples && !ranked;
        const again = async (drawn: NdArray): Promise<ArrayLike<number>> => {
          const values = await explainAgain(judged.x, drawn);
          return whole ? values : pick(values, judged.outputs, predictor.outputs);
        };
        const values = whole ? result.kept.values : judged.values;
        const { lower, upper, relativeWidth } = await stability(background, values, again, { ...options, resamples });
        judgement.stability = { relativeWidth, resamples };
        if (whole) bounds = { lowerBounds: lower, upperBounds: upper };
      },
    };
    for (const name of judges) {
      await run[name]();
      done++;
      onStep();
    }
    onProgress(1);
    return { judgement, ...(bounds ? { bounds } : {}) };
  });
  return answer;
}

/** Which samples are judged. */
export function judgedRows(samples: number): number[] {
  const count = Math.min(MOST_SAMPLES, samples);
  return Array.from({ length: count }, (_, n) => Math.floor((n * samples) / count));
}

/** The samples that are judged, and of each the output with the highest answer; of ranked ones the first. */
function chosenOutputs({ samples, result }: JudgeWork): { judged: Judged; rows: readonly number[]; ranked: boolean } {
  const { outputs, predictions, outputIndexes, kept } = result;
  const { rows } = kept;
  const columns = Int32Array.from(rows, (row) =>
    outputIndexes ? 0 : indexOfHighest(predictions.subarray(row * outputs, (row + 1) * outputs)),
  );
  return {
    judged: {
      x: takeRows(samples, rows),
      outputs: columns.map((column, n) => (outputIndexes ? outputIndexes[rows[n] * outputs] : column)),
      values: pick(kept.values, columns, outputs),
    },
    rows,
    ranked: outputIndexes !== undefined,
  };
}

/** [samples, features] of one output of each sample. @param values [samples, features, outputs]. */
function pick(values: Float32Array, columns: Int32Array, outputs: number): Float64Array {
  const features = values.length / columns.length / outputs;
  return Float64Array.from(
    { length: columns.length * features },
    (_, i) => values[i * outputs + columns[Math.floor(i / features)]],
  );
}

/** The scores as lines for people. */
export function describeJudgement(judgement: Judgement): string[] {
  const {
    additivity: sums,
    faithfulness: curves,
    infidelity: far,
    maxSensitivity: moved,
    stability: spread,
  } = judgement;
  const rows: [string, string][] = [];
  if (sums)
    rows.push(["additivity error", `${sums.max.toExponential(1)} at most, ${sums.mean.toExponential(1)} on average`]);
  if (curves) {
    const { deletionArea, insertionArea, randomArea } = curves;
    rows.push(
      ["deletion area", `${deletionArea.toFixed(3)} (lower is better; in random order ${randomArea.toFixed(3)})`],
      ["insertion area", `${insertionArea.toFixed(3)} (higher is better)`],
    );
  }
  if (far)
    rows.push(["infidelity", `${far.infidelity.toPrecision(3)}, ${percent(far.relative)} of that of values of 0`]);
  if (moved)
    rows.push(["max-sensitivity", `${percent(moved.mean)} of the values on average, ${percent(moved.worst)} at worst`]);
  if (spread)
    rows.push(["stability", `95 % intervals over the background of ±${percent(spread.relativeWidth)} of the values`]);
  return [
    `Judged on ${judgement.samples} samples, of each the highest output:`,
    ...rows.map(([name, text]) => `  ${name.padEnd(18)}${text}`),
  ];
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(2))} %`;
}
