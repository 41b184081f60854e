import process from "node:process";
import type { EventSink } from "../protocol/events";
import { EXIT_CODES } from "./errors";

/**
 * Watches for endings that do not come through the command itself: a recipe that calls `process.exit`, an error thrown
 * in a callback, a rejection that nobody handles. Each is recorded as a failure and ends the process with code 1.
 *
 * @returns what ends the watch.
 */
export function guardEnding(sink: EventSink): () => void {
  const fail = (name: string, message: string, stack?: string): void => {
    try {
      sink({ type: "ended", outcome: "failed", error: { name, message, ...(stack === undefined ? {} : { stack }) } });
    } catch {
      // Nothing can be written any more: readers see a crash.
    }
    process.stderr.write(`error: ${message}\n`);
  };
  const onExit = (code: number): void => {
    fail("ProcessExit", `The recipe ended the process with process.exit(${code}).`);
    process.exitCode = EXIT_CODES.failed;
  };
  const onUncaught = (error: unknown): void => {
    process.off("exit", onExit);
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    fail(
      "UncaughtError",
      `The recipe threw outside of data() and createModel(): ${message}`,
      error instanceof Error ? error.stack : undefined,
    );
    process.exit(EXIT_CODES.failed);
  };
  process.on("exit", onExit);
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  return () => {
    process.off("exit", onExit);
    process.off("uncaughtException", onUncaught);
    process.off("unhandledRejection", onUncaught);
  };
}
