/** What nvidia-smi knows: cards, their driver, and the newest CUDA that it runs. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Nvidia } from "../../protocol/doctorReport";
import { CARD_FIELDS, CSV_FORMAT, parseDriverCuda, parseGpuCard } from "../../protocol/nvidiaSmi";

const run = promisify(execFile);

/** A driver that is stuck answers never, s. */
const PATIENCE = 10;

/** @param program where it is not on the PATH: a test's. */
export async function nvidiaReport(program = "nvidia-smi"): Promise<Nvidia> {
  try {
    const options = { timeout: PATIENCE * 1000, killSignal: "SIGKILL", windowsHide: true } as const;
    const { stdout } = await run(program, [`--query-gpu=${CARD_FIELDS.join(",")}`, CSV_FORMAT], options);
    const gpus = stdout.split(/\r?\n/).flatMap((line) => parseGpuCard(line) ?? []);
    if (gpus.length === 0) return { gpus, problem: firstLine(stdout) || "nvidia-smi lists no card" };
    // The plain table alone tells this one; without it the list still stands.
    const table = await run(program, [], options).then(
      ({ stdout }) => stdout,
      () => "",
    );
    const driverCuda = parseDriverCuda(table);
    return { gpus, ...(driverCuda === undefined ? {} : { driverCuda }) };
  } catch (error) {
    return { gpus: [], problem: problemOf(error as NodeJS.ErrnoException & { killed?: boolean; stdout?: string }) };
  }
}

/** It prints what is wrong on its standard output: a driver that does not fit its library, no driver at all. */
function problemOf(error: NodeJS.ErrnoException & { killed?: boolean; stdout?: string; stderr?: string }): string {
  if (error.code === "ENOENT") return "nvidia-smi is not on the PATH";
  if (error.killed) return `nvidia-smi gave no answer within ${PATIENCE} s`;
  return firstLine(error.stdout ?? "") || firstLine(error.stderr ?? "") || error.message;
}

function firstLine(text: string): string {
  return (
    text
      .split(/\r?\n/)
      .find((line) => line.trim() !== "")
      ?.trim() ?? ""
  );
}
