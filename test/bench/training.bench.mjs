// Seconds per epoch, validation included: the scaffolded digits recipe on the embedded backend and Keras `fit`.
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { median, Peer, sideBySide } from "./measure.mjs";

const run = promisify(execFile);
const EPOCHS = 5;

export async function bench({ python, root }) {
  const folder = await mkdtemp(path.join(tmpdir(), "trainlens-bench-"));
  const trainlens = path.join(root, "dist/trainlens.js");
  execFileSync(process.execPath, [path.join(root, "out/test/bench/writeDigits.main.js"), folder]);
  execFileSync(process.execPath, [trainlens, "new", "digits", folder, "--language", "javascript"], { stdio: "ignore" });

  let runs = 0;
  const ours = async () => {
    const runFolder = path.join(folder, `run${runs++}`);
    const settings = ["--set", `epochs=${EPOCHS}`, "--set", "batchSize=128", "--backend", "wasm", "--seed", "1"];
    await run(process.execPath, [trainlens, "train", path.join(folder, "train.js"), "--run", runFolder, ...settings]);
    const events = (await readFile(path.join(runFolder, "events.jsonl"), "utf8")).trim().split("\n").map(JSON.parse);
    const seconds = events.filter(({ type }) => type === "epoch").map(({ seconds }) => seconds);
    if (seconds.length !== EPOCHS) throw new Error(`${seconds.length} epochs were trained, not ${EPOCHS}`);
    // The first compiles, as Keras's traces.
    return median(seconds.slice(1));
  };

  const keras = new Peer(python, [path.join(root, "test/bench/training.py"), folder]);
  try {
    return [
      await sideBySide("Training, MLP 784-128-10, batch 128, per epoch", ours, () => keras.measure(), { atMost: 3 }),
    ];
  } finally {
    await keras.close();
    await rm(folder, { recursive: true });
  }
}
