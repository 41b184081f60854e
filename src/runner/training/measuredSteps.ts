/** Steps whose loss and metrics are still on the device. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Metrics } from "../../protocol/numbers";
import { metricNames } from "./step";

export interface MeasuredStep {
  /** Of the epoch, from 1. */
  batch: number;
  examples: number;
  metrics: Metrics;
}

/** However quick a step is, a stop and a loss that is no number are seen within so many. */
const MOST_AT_ONCE = 256;

/**
 * Reads what steps have measured: each at once, or, where a read makes the device stand still, those of about
 * `interval` ms together.
 *
 * Commands are queued faster than a slow device carries them out. So the number of steps that are read together grows
 * from one while reading them takes less than the interval, and shrinks where it takes longer.
 */
export class MeasuredSteps {
  private pending: { batch: number; examples: number; measured: tf.Tensor }[] = [];
  private names: readonly string[];
  private enough = 1;
  private began = performance.now();

  /** @param interval ms between two reads; 0 reads every step. */
  constructor(
    model: LayersModel,
    private readonly interval: number,
  ) {
    this.names = metricNames(model);
  }

  /**
   * @param measured [1 + metrics], as `trainStep` returns it; disposed here.
   * @param names of what was measured, where it is not the model's own loss and metrics; the same in every step.
   */
  add(batch: number, examples: number, measured: tf.Tensor, names: readonly string[] = this.names): void {
    this.names = names;
    if (this.pending.length === 0) this.began = performance.now();
    this.pending.push({ batch, examples, measured });
  }

  /** Whether it is time to read. */
  get due(): boolean {
    return (
      this.interval === 0 ||
      this.pending.length >= this.enough ||
      (this.pending.length > 0 && performance.now() - this.began >= this.interval)
    );
  }

  /** What was added since the last read, in order. */
  async read(): Promise<MeasuredStep[]> {
    const steps = this.pending;
    this.pending = [];
    if (steps.length === 0) return [];
    const together = steps.length === 1 ? steps[0].measured : tf.stack(steps.map(({ measured }) => measured));
    try {
      const values = await together.data();
      const width = values.length / steps.length;
      return steps.map(({ batch, examples }, i) => ({
        batch,
        examples,
        metrics: Object.fromEntries(this.names.map((name, k) => [name, values[i * width + k]])),
      }));
    } finally {
      tf.dispose([together, ...steps.map(({ measured }) => measured)]);
      this.adapt(performance.now() - this.began);
    }
  }

  dispose(): void {
    tf.dispose(this.pending.map(({ measured }) => measured));
    this.pending = [];
  }

  private adapt(took: number): void {
    if (took < this.interval) this.enough = Math.min(MOST_AT_ONCE, this.enough * 2);
    else if (took > 2 * this.interval) this.enough = Math.max(1, this.enough >> 1);
  }
}
