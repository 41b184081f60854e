import { arch, cpus } from "node:os";

/** "AMD EPYC 9B14", or the architecture where the system does not tell. */
export function processorName(): string {
  const model = cpus()[0]
    ?.model.replace(/\((R|TM)\)/gi, "")
    .replace(/\s+/g, " ")
    .trim();
  return model && model !== "unknown" ? model : arch();
}
