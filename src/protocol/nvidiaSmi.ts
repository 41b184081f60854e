/** What nvidia-smi prints. A value that a card or its driver does not tell is left out. */

/** `--query-gpu` of a sample, in the order in which `parseGpuSample` reads it. */
export const SAMPLE_FIELDS = [
  "index",
  "name",
  "utilization.gpu",
  "memory.used",
  "memory.total",
  "temperature.gpu",
  "power.draw",
] as const;

/** `--query-gpu` of what a card is, in the order in which `parseGpuCard` reads it. */
export const CARD_FIELDS = ["index", "name", "driver_version", "memory.total"] as const;

/** Plain values, one card a line. */
export const CSV_FORMAT = "--format=csv,noheader,nounits";

/** One card at one time. */
export interface GpuSample {
  /** ms since 1970. */
  time: number;
  index: number;
  name: string;
  /** Per cent of the time in which something ran on it. */
  utilization?: number;
  /** MiB. */
  memoryUsed?: number;
  memoryTotal?: number;
  /** Degrees Celsius. */
  temperature?: number;
  /** Watts. */
  power?: number;
}

/**
 * A line of `--query-gpu=<SAMPLE_FIELDS>`; undefined for anything else that stands there: a header, a message.
 *
 * @param time when it was read, ms since 1970.
 */
export function parseGpuSample(line: string, time: number): GpuSample | undefined {
  const fields = split(line, SAMPLE_FIELDS.length);
  if (!fields) return undefined;
  const [index, name, utilization, memoryUsed, memoryTotal, temperature, power] = fields;
  if (!/^\d+$/.test(index)) return undefined;
  return {
    time,
    index: Number(index),
    name,
    ...told("utilization", utilization),
    ...told("memoryUsed", memoryUsed),
    ...told("memoryTotal", memoryTotal),
    ...told("temperature", temperature),
    ...told("power", power),
  };
}

export interface GpuCard {
  index: number;
  name: string;
  driver: string;
  /** MiB. */
  memory?: number;
}

/** A line of `--query-gpu=<CARD_FIELDS>`; undefined for anything else. */
export function parseGpuCard(line: string): GpuCard | undefined {
  const fields = split(line, CARD_FIELDS.length);
  if (!fields) return undefined;
  const [index, name, driver, memory] = fields;
  return /^\d+$/.test(index) ? { index: Number(index), name, driver, ...told("memory", memory) } : undefined;
}

/** The newest CUDA that the driver runs, from the head of nvidia-smi's own table. */
export function parseDriverCuda(table: string): string | undefined {
  return /CUDA (?:UMD )?Version:\s*(\d+\.\d+)/.exec(table)?.[1];
}

function split(line: string, count: number): string[] | undefined {
  const fields = line.split(",").map((field) => field.trim());
  return fields.length === count ? fields : undefined;
}

/** "[N/A]", "[Not Supported]", "[Unknown Error]", "ERR!" are no numbers. */
function told<Name extends string>(name: Name, field: string): { [N in Name]?: number } {
  const value = field === "" ? Number.NaN : Number(field);
  return (Number.isFinite(value) ? { [name]: value } : {}) as { [N in Name]?: number };
}

/** How long samples are kept and drawn, ms. */
export const SAMPLE_WINDOW = 120_000;

/** A sample older than this says nothing of now: nvidia-smi has ended, or hangs, ms. */
const FRESH = 10_000;

/** Earlier samples and new ones, without those that have left the window. */
export function keepRecent(samples: readonly GpuSample[], news: readonly GpuSample[], now: number): GpuSample[] {
  return [...samples, ...news].filter(({ time }) => now - time <= SAMPLE_WINDOW);
}

/** The cards that are known of now, by their index, each with its samples in order of time. */
export function freshCards(samples: readonly GpuSample[], now: number): GpuSample[][] {
  const cards = new Map<number, GpuSample[]>();
  for (const sample of samples) cards.set(sample.index, [...(cards.get(sample.index) ?? []), sample]);
  return [...cards.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, card]) => card)
    .filter((card) => now - (card.at(-1)?.time ?? 0) <= FRESH);
}

/** Whether a run's backend works on a card of NVIDIA's. */
export function usesNvidia({
  name,
  device,
  driver = "",
}: {
  name: string;
  device: string;
  driver?: string | undefined;
}): boolean {
  return name === "cuda" || (name === "webgpu" && /nvidia/i.test(`${device} ${driver}`));
}
