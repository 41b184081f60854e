import { sizeOf } from "../../protocol/ndArray";
import { type Link, linkWeights, logit } from "./link";
import type { Masker } from "./masker";
import { type Predictor, rowsAtOnce } from "./predictor";

/** What evaluating a game reports to and asks of whoever explains. */
export interface GameControl {
  chunkMB: number;
  /** Default identity. */
  link?: Link;
  /** Whether a coalition's value is the weighted mean of linked answers, as of most of shap's explainers, or a linked mean. */
  linearizeLink?: boolean;
  signal?: AbortSignal;
  /** Coalitions evaluated, since the last call. */
  onEvaluated: (coalitions: number) => void;
}

/** Larger chunks are no faster: their arrays leave the processor's cache. */
const ENOUGH_MB = 16;
/** With fewer coalitions, what a predictor of masked samples prepares costs more than it saves. */
const ENOUGH_COALITIONS = 8;

/**
 * The cooperative game that a model plays on one sample: the value of a coalition of players is the model's mean output
 * where the coalition's features are the sample's and the others those of the masker's rows (shap's `MaskedModel`).
 */
export class Game {
  /** Players whose features differ from some stand-in, ascending: no other has an effect. */
  readonly varying: readonly number[];
  readonly #standIns: Float32Array;
  readonly #features: number;
  /** [rows, outputs]: of a linearized link. */
  #weights: Float64Array | undefined;

  /** @param x [features] */
  constructor(
    readonly predictor: Predictor,
    readonly masker: Masker,
    readonly x: Float32Array,
    private readonly control: GameControl,
  ) {
    this.#features = sizeOf(predictor.featureShape);
    this.#standIns = masker.standIns(x);
    const varies = new Uint8Array(masker.playerCount).fill(Number(masker.fillIn !== undefined));
    for (let row = 0; row < masker.rows; row++) {
      for (let i = 0, at = row * this.#features; i < this.#features; i++, at++) {
        if (!isClose(x[i], this.#standIns[at])) varies[masker.players[i]] = 1;
      }
    }
    this.varying = Array.from(varies.keys()).filter((player) => varies[player] === 1);
  }

  get outputs(): number {
    return this.predictor.outputs;
  }

  /**
   * [coalitions, outputs]: their values. Pairs of coalition and stand-in are computed in chunks that fit the budget.
   *
   * @param coalitions [coalitions, players], 1 for who takes part.
   */
  async evaluate(coalitions: Uint8Array): Promise<Float64Array> {
    const { rows, playerCount } = this.masker;
    const { link = "identity", linearizeLink = true } = this.control;
    const count = coalitions.length / playerCount;
    const sums = new Float64Array(count * this.outputs);
    const { outputs } = this;
    const weights = link === "logit" && linearizeLink ? await this.#linkWeights() : undefined;
    await this.#run(coalitions, count * rows, undefined, (first, answers) => {
      for (let i = 0, pair = first; i < answers.length;) {
        const [at, own] = [Math.floor(pair / rows) * outputs, (pair % rows) * outputs];
        const end = Math.min(answers.length, i + rows * outputs - own);
        pair += (end - i) / outputs;
        if (weights) {
          for (let w = own; i < end; w += outputs)
            for (let k = 0; k < outputs; k++) sums[at + k] += weights[w + k] * logit(answers[i++]);
        } else while (i < end) for (let k = 0; k < outputs; k++) sums[at + k] += answers[i++];
      }
    });
    const means = sums.map((sum) => sum / rows);
    return link === "logit" && !linearizeLink ? means.map(logit) : means;
  }

  /** From the answers where nobody takes part. */
  async #linkWeights(): Promise<Float64Array> {
    if (this.#weights) return this.#weights;
    const { rows, playerCount } = this.masker;
    const answers = new Float64Array(rows * this.outputs);
    await this.#run(new Uint8Array(playerCount), rows, undefined, (first, part) =>
      answers.set(part, first * this.outputs),
    );
    return (this.#weights = linkWeights(answers, this.outputs));
  }

  /**
   * [coalitions, outputs]: each with one row of the masker in place of all; linked answers weighed, as in the mean over all rows.
   *
   * @param coalitions [coalitions, players]. @param rows [coalitions].
   */
  async evaluatePairs(coalitions: Uint8Array, rows: Int32Array): Promise<Float64Array> {
    const values = new Float64Array(rows.length * this.outputs);
    await this.#run(coalitions, rows.length, rows, (first, answers) => values.set(answers, first * this.outputs));
    if (this.control.link !== "logit") return values;
    const weights = await this.#linkWeights();
    return values.map((value, i) => {
      const [row, output] = [rows[Math.floor(i / this.outputs)], i % this.outputs];
      return weights[row * this.outputs + output] * logit(value);
    });
  }

  /** Values [outputs] of the coalitions of nobody and of all. */
  async ends(): Promise<{ base: Float64Array; full: Float64Array }> {
    const players = this.masker.playerCount;
    const values = await this.evaluate(Uint8Array.from({ length: 2 * players }, (_, i) => Number(i >= players)));
    return { base: values.slice(0, this.outputs), full: values.slice(this.outputs) };
  }

  /**
   * The model's answers to pairs of coalition and row, in chunks that fit the budget.
   *
   * @param rows [pairs]: the one row of each coalition; without, each coalition has all rows, one after the other.
   */
  async #run(
    coalitions: Uint8Array,
    pairs: number,
    rows: Int32Array | undefined,
    take: (first: number, answers: ArrayLike<number>) => void,
  ): Promise<void> {
    const { predictor, masker, x } = this;
    const atOnce = Math.min(pairs, rowsAtOnce(predictor, Math.min(ENOUGH_MB, this.control.chunkMB)));
    const coalitionsAtOnce = Math.floor(atOnce / masker.rows);
    const masked =
      rows || masker.fillIn || pairs / masker.rows < ENOUGH_COALITIONS || coalitionsAtOnce === 0
        ? undefined
        : await predictor.masked?.({ ...masker, x, standIns: this.#standIns }, this.control.chunkMB);
    try {
      const step = masked ? coalitionsAtOnce * masker.rows : atOnce;
      const buffer = new Float32Array(masked ? 0 : atOnce * this.#features);
      for (let first = 0; first < pairs; first += step) {
        this.control.signal?.throwIfAborted();
        const here = Math.min(step, pairs - first);
        if (masked) {
          const [from, to] = [first, first + here].map((pair) => (pair / masker.rows) * masker.playerCount);
          take(first, await masked.predict(coalitions.subarray(from, to)));
        } else {
          this.#mask(coalitions, rows, first, here, buffer);
          const data = buffer.subarray(0, here * this.#features);
          take(first, await predictor.predict({ data, shape: [here, ...predictor.featureShape] }));
        }
        this.control.onEvaluated(here / masker.rows);
        // Lets signals and timers in.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      masked?.dispose();
    }
  }

  /** Writes the inputs of so many pairs to the buffer [pairs, features]. @param rows as of `#run`. */
  #mask(
    coalitions: Uint8Array,
    rows: Int32Array | undefined,
    first: number,
    count: number,
    buffer: Float32Array,
  ): void {
    const { masker, x } = this;
    const [features, standIns, players] = [this.#features, this.#standIns, masker.playerCount];
    const shown = new Int32Array(features);
    for (let pair = first, to = 0; pair < first + count;) {
      const coalition = rows ? pair : Math.floor(pair / masker.rows);
      const row = rows ? rows[pair] : pair % masker.rows;
      // Rows of one coalition lie one after the other, as their stand-ins do.
      const together = rows ? 1 : Math.min(masker.rows - row, first + count - pair);
      buffer.set(standIns.subarray(row * features, (row + together) * features), to);
      const end = to + together * features;
      let visible = 0;
      for (let i = 0; i < features; i++) {
        if (!coalitions[coalition * players + masker.players[i]]) continue;
        shown[visible++] = i;
        for (let at = to + i; at < end; at += features) buffer[at] = x[i];
      }
      if (masker.fillIn)
        for (let at = to; at < end; at += features)
          masker.fillIn(buffer.subarray(at, at + features), x, shown.subarray(0, visible));
      pair += together;
      to = end;
    }
  }
}

/** numpy's `isclose` with its default tolerances, as shap tells which features vary. */
function isClose(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);
}
