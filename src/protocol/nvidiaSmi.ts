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
