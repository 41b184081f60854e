import type { RunFailure } from "../protocol/events";
import { UserError } from "./errors";

/** Any error as an `ended` event carries it: what a user can act on without its stack. */
export function describeFailure(error: unknown): RunFailure {
  if (error instanceof UserError) {
    return {
      name: error.name,
      message: error.message,
      ...(error.advice === undefined ? {} : { advice: error.advice }),
    };
  }
  if (error instanceof Error) {
    return { name: error.name, message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
  }
  return { name: "Error", message: String(error) };
}
