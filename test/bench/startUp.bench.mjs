// From the command to the first trained batch, as the run's own events time it; Python has only imported TensorFlow by then.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { digitsFolder, timed } from "./digitsRun.mjs";
import { sideBySide } from "./measure.mjs";

const run = promisify(execFile);

export async function bench({ python, root }) {
  const { folder, recipe, trainlens, remove } = await digitsFolder(root);
  let runs = 0;
  const ours = async () => {
    const runFolder = path.join(folder, `start${runs++}`);
    const begun = Date.now();
    await trainlens(["train", recipe, "--run", runFolder, "--set", "epochs=1", "--backend", "wasm"]);
    const lines = (await readFile(path.join(runFolder, "events.jsonl"), "utf8")).trim().split("\n");
    const first = lines.map((line) => JSON.parse(line)).find(({ type }) => type === "batches");
    return (first.time - begun) / 1000;
  };
  const imported = () => timed(() => run(python, ["-c", "import tensorflow"]));
  try {
    const name = "Start of training on wasm to its first step; Python: import tensorflow alone";
    return [await sideBySide(name, ours, imported, { atLeast: 1, seconds: 1.5 })];
  } finally {
    await remove();
  }
}
