// Whole processes, from the command to a stacked force plot on disk, for an already trained model.
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { digitsFolder, timed } from "./digitsRun.mjs";
import { sideBySide } from "./measure.mjs";

const run = promisify(execFile);

export async function bench({ python, root }) {
  const { folder, recipe, trainlens, remove } = await digitsFolder(root);
  try {
    const runFolder = path.join(folder, "run");
    await trainlens(["train", recipe, "--run", runFolder, "--set", "epochs=2", "--seed", "1", "--backend", "wasm"]);
    const [npz, ourHtml, theirHtml] = ["ours.shap.npz", "ours.html", "python.html"].map((name) =>
      path.join(folder, name),
    );

    const ours = () =>
      timed(async () => {
        const settings = ["--background", "100", "--samples", "0-9", "--backend", "wasm", "--output", npz];
        await trainlens(["explain", runFolder, ...settings]);
        await trainlens(["plot", npz, "--output", ourHtml]);
      });
    const script = [
      path.join(root, "test/bench/wholeProcess.py"),
      path.join(runFolder, "model/model.json"),
      folder,
      theirHtml,
    ];
    const shap = () => timed(() => run(python, script));

    const row = await sideBySide("Trained model to force plot on disk, whole process", ours, shap, { atLeast: 5 });
    for (const html of [ourHtml, theirHtml]) {
      if ((await stat(html)).size < 10_000) throw new Error(`${html} is too small to hold a plot`);
    }
    return [row];
  } finally {
    await remove();
  }
}
