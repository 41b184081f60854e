// DeepExplainer, warm: 10 samples x 100 references x 10 outputs, the same weights on both sides.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { Peer, sideBySide } from "./measure.mjs";

const run = promisify(execFile);

const MODELS = {
  mlp: "DeepExplainer 10 x 100 x 10, MLP 784-128-10",
  cnn: "DeepExplainer 10 x 100 x 10, CNN 16-32 with max pooling",
};

export async function bench({ python, root }) {
  const folder = await mkdtemp(path.join(tmpdir(), "trainlens-bench-"));
  const rows = [];
  try {
    await run(process.execPath, [path.join(root, "out/test/bench/writeDigits.main.js"), folder]);
    for (const [model, name] of Object.entries(MODELS)) {
      const shap = new Peer(python, [path.join(root, "test/bench/deep.py"), model, folder]);
      await shap.next();
      const ours = new Peer(process.execPath, [path.join(root, "out/test/bench/deep.main.js"), model, folder, "wasm"]);
      try {
        await ours.next();
        // The first calls compile.
        for (let i = 0; i < 3; i++) await ours.measure();
        rows.push(
          await sideBySide(
            name,
            () => ours.measure(),
            () => shap.measure(),
            { atLeast: 5 },
          ),
        );
      } finally {
        await ours.close();
        await shap.close();
      }
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}
