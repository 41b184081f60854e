/** Gathers the values of batches by time: one event for what happened since the last one, 10 a second at most. */
import type { EventSink } from "../../protocol/events";
import type { Metrics } from "../../protocol/numbers";

/** Between two `batches` events, ms. */
const INTERVAL = 100;

export class BatchLog {
  private pending: { firstStep: number; metrics: Record<string, number[]>; examples: number } | undefined;
  private lastFlush = performance.now();

  constructor(
    private readonly sink: EventSink,
    private readonly epoch: number,
    private readonly epochs: number,
    private readonly batchesPerEpoch: number,
  ) {}

  /** @param step of the whole run, from 1. */
  add(step: number, metrics: Metrics, examples: number): void {
    this.pending ??= { firstStep: step, metrics: {}, examples: 0 };
    for (const [name, value] of Object.entries(metrics)) (this.pending.metrics[name] ??= []).push(value);
    this.pending.examples += examples;
  }

  /** Emits what is gathered if it is time to; `batch` is the last one in it. */
  tick(batch: number): void {
    if (performance.now() - this.lastFlush >= INTERVAL) this.flush(batch);
  }

  /** Emits what is gathered; `batch` is the last one in it. */
  flush(batch: number): void {
    if (!this.pending) return;
    const { firstStep, metrics, examples } = this.pending;
    const now = performance.now();
    const examplesPerSecond = (examples * 1000) / Math.max(1e-3, now - this.lastFlush);
    this.pending = undefined;
    this.lastFlush = now;
    const { epoch, epochs, batchesPerEpoch } = this;
    this.sink({ type: "batches", epoch, epochs, firstStep, batch, batchesPerEpoch, metrics, examplesPerSecond });
  }
}
