import process from "node:process";
import type { EventSink } from "../protocol/events";
import { EXIT_CODES } from "./errors";

/**
 * Watches for endings that do not come through the command itself: a recipe that calls `process.exit`, an error thrown
 * in a callback, a rejection that nobody handles, a promise that never settles. Each is said on stderr, recorded as a
 * failure and ends the process with code 1; after a request to stop, it is recorded as that.
 */
export class EndingGuard {
  private sink: EventSink | undefined;
  /** What the recipe is asked for at the moment. */
  private awaited: string | undefined;

  constructor(private readonly stopRequested: () => boolean) {
    process.on("exit", this.onExit);
    process.on("beforeExit", this.onDrained);
    process.on("uncaughtException", this.onUncaught);
    process.on("unhandledRejection", this.onUncaught);
  }

  /** From now on an ending is also an event. */
  recordIn(sink: EventSink): void {
    this.sink = sink;
  }

  /** Awaits what only the recipe can bring about. @param what for people: "data()". */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    this.awaited = what;
    try {
      return await work;
    } finally {
      this.awaited = undefined;
    }
  }

  /** Ends the watch. */
  dispose(): void {
    process.off("exit", this.onExit);
    process.off("beforeExit", this.onDrained);
    process.off("uncaughtException", this.onUncaught);
    process.off("unhandledRejection", this.onUncaught);
  }

  private readonly onExit = (code: number): void => {
    process.exitCode = this.end("ProcessExit", `The recipe ended the process with process.exit(${code}).`);
  };

  /** Nothing is left that could wake the process, and yet the command is not at its end. */
  private readonly onDrained = (): void => {
    process.off("exit", this.onExit);
    process.exit(
      this.end(
        "NeverSettled",
        `${this.awaited ?? "A promise that training waits for"} never settled: nothing is left that could settle it.`,
      ),
    );
  };

  private readonly onUncaught = (error: unknown): void => {
    process.off("exit", this.onExit);
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const stack = error instanceof Error ? error.stack : undefined;
    this.fail("UncaughtError", `The recipe threw outside of data() and createModel(): ${message}`, stack);
    process.exit(EXIT_CODES.failed);
  };

  /** @returns the exit code. */
  private end(name: string, message: string): number {
    if (!this.stopRequested()) {
      this.fail(name, message);
      return EXIT_CODES.failed;
    }
    this.record({ type: "ended", outcome: "stopped" });
    process.stderr.write("Stopped.\n");
    return EXIT_CODES.stopped;
  }

  private fail(name: string, message: string, stack?: string): void {
    const error = { name, message, ...(stack === undefined ? {} : { stack }) };
    this.record({ type: "ended", outcome: "failed", error });
    process.stderr.write(`error: ${message}\n`);
  }

  private record(event: Parameters<EventSink>[0]): void {
    try {
      this.sink?.(event);
    } catch {
      // Nothing can be written any more: readers see a crash.
    }
  }
}
