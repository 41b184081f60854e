/** JSON has no NaN: a non-finite number travels as the string "NaN", "Infinity" or "-Infinity", never as null. */
import * as v from "valibot";

const NON_FINITE = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
} as const;

/** Accepts a JSON number or one of the three strings; yields a number, which may be non-finite. */
export const MetricValue = v.union([
  v.number(),
  v.nan(),
  v.pipe(
    v.picklist(["NaN", "Infinity", "-Infinity"]),
    v.transform((text): number => NON_FINITE[text]),
  ),
]);

/** A metric's value by its name, as Keras names them: `loss`, `accuracy`, `val_loss`. */
export type Metrics = Record<string, number>;

/** "512 MiB", "12.3 GiB", "1.8 TiB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Where the highest number stands, the first of several; NaN only where nothing else is there. */
export function indexOfHighest(values: ArrayLike<number>): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) if (values[i] > (values[best] ?? -Infinity)) best = i;
  return Math.max(best, 0);
}

/** The largest float32 below a number. */
export function floatBelow(value: number): number {
  const float = new Float32Array([value]);
  if (float[0] < value || !Number.isFinite(float[0])) return float[0];
  if (float[0] === 0) return -1.401298464324817e-45;
  new Int32Array(float.buffer)[0] += float[0] > 0 ? -1 : 1;
  return float[0];
}

/** `JSON.stringify` on one line in which non-finite numbers become their names. */
export function stringifyLine(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === "number" && !Number.isFinite(entry) ? String(entry) : entry,
  );
}
