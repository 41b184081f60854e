import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import process from "node:process";

/**
 * Keeps what the process prints in the run's `output.log` too, unless whoever spawned it has its output go there already.
 *
 * @returns what ends it.
 */
export function keepOutput(file: string): () => void {
  const descriptor = openSync(file, "a");
  if (isSameFile(descriptor, 1)) {
    closeSync(descriptor);
    return () => undefined;
  }
  const restore = [process.stdout, process.stderr].map((stream) => {
    const original = stream.write.bind(stream);
    const write = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
      try {
        writeSync(descriptor, typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      } catch {
        // A full disk ends the run by its events; the terminal still gets the text.
      }
      return original(chunk, ...rest);
    };
    stream.write = write;
    return () => (stream.write = original);
  });
  return () => {
    restore.forEach((undo) => undo());
    closeSync(descriptor);
  };
}

function isSameFile(a: number, b: number): boolean {
  try {
    const [left, right] = [fstatSync(a), fstatSync(b)];
    return left.ino === right.ino && left.dev === right.dev;
  } catch {
    return false;
  }
}
