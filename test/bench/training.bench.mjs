// Seconds per epoch, validation included: the scaffolded digits recipe on the embedded backend and Keras `fit`.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { digitsFolder } from "./digitsRun.mjs";
import { median, Peer, sideBySide } from "./measure.mjs";

const EPOCHS = 5;

export async function bench({ python, root }) {
  const { folder, recipe, trainlens, remove } = await digitsFolder(root);
  const keras = new Peer(python, [path.join(root, "test/bench/training.py"), folder]);

  let runs = 0;
  const ours = async () => {
    const runFolder = path.join(folder, `run${runs++}`);
    const settings = ["--set", `epochs=${EPOCHS}`, "--set", "batchSize=128", "--backend", "wasm", "--seed", "1"];
    await trainlens("train", recipe, "--run", runFolder, ...settings);
    const lines = (await readFile(path.join(runFolder, "events.jsonl"), "utf8")).trim().split("\n");
    const epochs = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === "epoch");
    if (epochs.length !== EPOCHS) throw new Error(`${epochs.length} epochs were trained, not ${EPOCHS}`);
    // The first compiles, as Keras's traces.
    return median(epochs.slice(1).map(({ seconds }) => seconds));
  };

  try {
    const name = "Training, MLP 784-128-10, batch 128, one epoch";
    return [await sideBySide(name, ours, () => keras.measure(), { atMost: 3 })];
  } finally {
    await keras.close();
    await remove();
  }
}
