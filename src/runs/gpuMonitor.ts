/**
 * NVIDIA's cards at work, while somebody looks: one nvidia-smi for all who do.
 *
 * Where there is none, or it fails or hangs, there are no samples; nothing else depends on it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { CSV_FORMAT, type GpuSample, SAMPLE_FIELDS, keepRecent, parseGpuSample } from "../protocol/nvidiaSmi";

/** Between two samples, s. */
const INTERVAL = 2;
/** One that has been silent for so long hangs, ms. */
const SILENCE = 15_000;
/** One that failed is not tried again before, ms. */
const PAUSE = 60_000;

export interface GpuMonitorOptions {
  /** Once for each failure. */
  log: (message: string) => void;
  /** Tests have less time. */
  silence?: number;
}

/** Whom a panel asks. */
export type GpuSource = Pick<GpuMonitor, "subscribe">;

export class GpuMonitor {
  private readonly listeners = new Set<(samples: readonly GpuSample[]) => void>();
  private child: ChildProcess | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private history: GpuSample[] = [];
  private notBefore = 0;

  constructor(private readonly options: GpuMonitorOptions) {}

  dispose(): void {
    this.listeners.clear();
    this.stop();
  }

  /** Gives the samples of the last minutes at once, then each as it comes, until it is disposed. */
  subscribe(listener: (samples: readonly GpuSample[]) => void): { dispose(): void } {
    this.listeners.add(listener);
    this.history = keepRecent(this.history, [], Date.now());
    if (this.history.length > 0) listener(this.history);
    this.start();
    return {
      dispose: () => {
        this.listeners.delete(listener);
        if (this.listeners.size === 0) this.stop();
      },
    };
  }

  private start(): void {
    if (this.child || Date.now() < this.notBefore) return;
    const args = [`--query-gpu=${SAMPLE_FIELDS.join(",")}`, CSV_FORMAT, `--loop=${INTERVAL}`];
    const child = spawn("nvidia-smi", args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    this.child = child;
    let rest = "";
    let words = "";
    this.expect(child);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (this.child !== child) return;
      this.expect(child);
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      const samples = lines.flatMap((line) => parseGpuSample(line, Date.now()) ?? []);
      if (samples.length === 0) words ||= lines.find((line) => line.trim() !== "") ?? "";
      else this.tell(samples);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words ||= text.trim()));
    child.once("error", (error: NodeJS.ErrnoException) =>
      // A machine without NVIDIA's driver is no failure.
      this.ended(child, error.code === "ENOENT" ? undefined : error.message),
    );
    child.once("close", (code) => this.ended(child, words || rest || `it ended with code ${code}`));
  }

  /** Kills it where it says nothing: a driver that is stuck. */
  private expect(child: ChildProcess): void {
    const { silence = SILENCE } = this.options;
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      child.kill("SIGKILL");
      this.ended(child, `it said nothing for ${silence / 1000} s`);
    }, silence);
  }

  private tell(samples: readonly GpuSample[]): void {
    this.history = keepRecent(this.history, samples, Date.now());
    for (const listener of this.listeners) listener(samples);
  }

  /** It has ended by itself. */
  private ended(child: ChildProcess, problem: string | undefined): void {
    if (this.child !== child) return;
    this.child = undefined;
    clearTimeout(this.watchdog);
    this.notBefore = Date.now() + PAUSE;
    if (problem !== undefined) this.options.log(`nvidia-smi shows nothing: ${problem}`);
  }

  private stop(): void {
    const { child } = this;
    this.child = undefined;
    clearTimeout(this.watchdog);
    // Nobody waits for it, and one that hangs does not listen.
    child?.kill("SIGKILL");
  }
}
