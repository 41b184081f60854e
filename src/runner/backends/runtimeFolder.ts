/** Where `trainlens install-backend` installs, for every workspace of this user. */
import { homedir } from "node:os";
import path from "node:path";
import process from "node:process";

/** TRAINLENS_RUNTIME, or a folder in the user's home where that is not set or empty. */
export function runtimeFolder(): string {
  return process.env["TRAINLENS_RUNTIME"] || path.join(homedir(), ".trainlens", "runtime");
}

/** What is installed there, a folder each: packages by the last part of their name, and a binding that has no libtensorflow of its own. */
export const PYTHON_PART = "tfjs-node-python";

export function runtimePart(part: string, runtime = runtimeFolder()): string {
  return path.join(runtime, part);
}
