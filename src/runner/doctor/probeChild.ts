/** The child that tries a backend (see probe.ts): opens it as training does, measures it, and tells. */
import process from "node:process";
import { type BackendName, openAutomatically, openBackend } from "../backends";
import { type BackendOptions, BackendUnavailable } from "../backends/rung";
import { UserError } from "../errors";
// As a recipe gets it: with every gradient, which backends may build on.
import "../tfjs";
import { measureSpeed } from "./measure";
import { type ProbeLine, formatLine } from "./probe";

/** Seconds that each of the two measurements takes. */
const SECONDS = 1;

/**
 * Tries a backend, or with "auto" lets the ladder choose as a run does.
 *
 * @param quick opens it and measures nothing.
 * @param options how the native backends are loaded.
 */
export async function probeBackend(name: BackendName | "auto", quick: boolean, options: BackendOptions): Promise<void> {
  const backend = name === "auto" ? await openChoice(options) : await openNamed(name, options);
  if (!backend) return;
  tell({ probe: "opened", ...backend.facts });
  try {
    if (name !== "auto" && !quick) {
      tell({ probe: "step", text: "while it was measured" });
      tell({ probe: "speed", speed: await measureSpeed(SECONDS) });
    }
    tell({ probe: "step", text: "while it was closed" });
    await backend.close();
    tell({ probe: "done" });
  } catch (error) {
    failed(error);
  }
}

/** First as "auto" would; what it passes over may still be had by name. */
async function openNamed(name: BackendName, options: BackendOptions): ReturnType<typeof openChoice> {
  try {
    return await openAutomatically(name, options);
  } catch (error) {
    if (!(error instanceof BackendUnavailable)) return failed(error);
    tell({ probe: "passedOver", reason: error.message, fix: error.advice });
  }
  try {
    return await openBackend(name, options);
  } catch (error) {
    if (!(error instanceof UserError && error.cause instanceof BackendUnavailable)) return failed(error);
    const { message, advice } = error.cause;
    tell({ probe: "unavailable", reason: message, fix: advice });
    return undefined;
  }
}

async function openChoice(options: BackendOptions): Promise<Awaited<ReturnType<typeof openBackend>> | undefined> {
  try {
    return await openBackend("auto", options);
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): undefined {
  tell({ probe: "failed", message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  // What of a stack is worth showing in a table's remark.
  if (error instanceof Error) process.stderr.write((error.stack ?? "").split("\n").slice(0, 5).join("\n") + "\n");
  return undefined;
}

function tell(line: ProbeLine): void {
  process.stdout.write(formatLine(line));
}
