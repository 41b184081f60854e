/** Outputs of frozen bases on disk: `.trainlens/cache/<fingerprint>.npz` beside the recipe. Any file there may be deleted. */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { EventSink } from "../protocol/events";
import { type NpyArray, NpzError, readNpz, writeNpz } from "../npz";
import { isAbsent } from "./fileSystemError";
import type { FeatureCache } from "./training/features";
import { writeWhole } from "./wholeFile";

const FOLDER = path.join(".trainlens", "cache");
const KEY_LENGTH = 32;

function floats(data: NpyArray["data"], name: string): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new NpzError(`"${name}" does not hold float32`);
}

/** A cache that cannot be read or written costs time, not the run: it says so in the events. */
export function featureCache(recipeFolder: string, sink: EventSink): FeatureCache {
  const fileOf = (key: string): string => path.join(recipeFolder, FOLDER, `${key.slice(0, KEY_LENGTH)}.npz`);
  const warn = (what: string, error: unknown): void => {
    sink({
      type: "log",
      level: "warning",
      message: `${what}: ${error instanceof Error ? error.message : String(error)}`,
    });
  };
  return {
    async read(key) {
      const file = fileOf(key);
      try {
        const arrays = [...readNpz(await readFile(file))];
        return new Map(arrays.map(([name, { shape, data }]) => [name, { shape, data: floats(data, name) }]));
      } catch (error) {
        if (!isAbsent(error)) warn(`The cached features ${file} cannot be used and are computed again`, error);
        return undefined;
      }
    },
    async write(key, features) {
      const file = fileOf(key);
      try {
        await mkdir(path.dirname(file), { recursive: true });
        const arrays = [...features].map(([name, array]) => [name, { kind: "numeric", ...array }] as const);
        await writeWhole(file, writeNpz(Object.fromEntries(arrays)));
      } catch (error) {
        warn("The next run will compute these features again", error);
      }
    },
  };
}
