/**
 * Every Python template runs as a user would run it, at small sizes, and its explanation opens. Two of them each time; all
 * with TRAINLENS_TEST_PYTHON_TEMPLATES=all, which takes some minutes.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { readExplanation } from "../../src/npz";
import { TEMPLATES, type Template } from "../../src/scaffold";
import { findPython } from "../bench/python.mjs";
import { Workspace, trainlens } from "./cli";

interface Trial {
  args: string;
  prints: RegExp;
  /** Of its explanation: samples, features, outputs. */
  explains: [number, number, number];
  writes: string[];
  always?: true;
}

const TRIALS: Record<string, Trial> = {
  digits: {
    args: "--epochs 2 --examples 2000 --background 10 --samples 2",
    prints: /^Replicas: \d+$[^]*^On the test pictures: .* accuracy 0\.[789]/m,
    explains: [2, 784, 10],
    writes: ["digits.keras", "force.html"],
    always: true,
  },
  cnn: {
    args: "--epochs 2 --examples 2000 --background 10 --samples 3",
    prints: /^On the test pictures: .* accuracy 0\.[789]/m,
    explains: [3, 784, 10],
    writes: ["cnn.keras", "image.png"],
  },
  augmentation: {
    args: "--epochs 10 --examples 300 --background 10 --samples 2",
    prints: /accuracy 0\.[6-9]\d* with augmentation, 0\.[6-9]\d* without/,
    explains: [2, 784, 10],
    writes: ["augmentation.keras"],
  },
  lstm: {
    args: "--epochs 2 --examples 1500 --units 32 --background 10 --samples 2 --draws 20",
    prints: /^On the test sequences: .* accuracy 0\.[3-9]/m,
    explains: [2, 784, 10],
    writes: ["lstm.keras"],
  },
  "tabular-classifier": {
    args: "--epochs 10 --background 20 --samples 3",
    prints: /^On the test rows: .* accuracy 0\.9/m,
    explains: [3, 30, 2],
    writes: ["tabular-classifier.keras", "force.html"],
  },
  "tabular-regressor": {
    args: "--epochs 10 --background 20 --samples 3",
    prints: /^On the test rows: mean absolute error [45]\d\.\d+ {2}R2 0\.[345]/m,
    explains: [3, 11, 1],
    writes: ["tabular-regressor.keras", "force.html"],
  },
  "random-forest": {
    args: "--trees 50 --samples 4",
    prints: /^On the test rows: mean absolute error 4\d\.\d+ {2}R2 0\.4/m,
    explains: [4, 10, 1],
    writes: ["predicted.png"],
  },
  "decision-tree": {
    args: "--samples 5",
    prints: /class: cultivar 2[^]*Accuracy 0\.9/,
    explains: [5, 13, 3],
    writes: ["tree.png"],
    always: true,
  },
  transfer: {
    args: "--weights none --size 32 --epochs 1 --fine-tune 1 --examples 40 --background 4 --samples 1 --draws 4",
    prints: /base frozen: 0\.\d+[^]*fine-tuned: 0\.\d+/,
    explains: [1, 32 * 32 * 3, 10],
    writes: ["transfer.keras"],
  },
  gan: {
    args: "--epochs 2 --steps 5 --made 20 --examples 1000 --classifier-epochs 2 --background 10 --samples 2",
    prints: /^Epoch 2\/2 .*diversity[^]*without made pictures: accuracy 0\.[^]*with made pictures: accuracy 0\./m,
    explains: [2, 784, 10],
    writes: ["gan.keras", "classifier.keras", "samples/epoch-002.png", "samples/made.npz"],
  },
};

const everything = process.env["TRAINLENS_TEST_PYTHON_TEMPLATES"] === "all";
const run = promisify(execFile);

describe("python templates", function () {
  this.timeout(15 * 60_000);
  let workspace: Workspace;
  let python = "";
  before(async function () {
    workspace = new Workspace();
    try {
      ({ python } = await findPython());
    } catch (error) {
      console.error(`SKIPPED: the Python templates, as no Python with TensorFlow can be had: ${String(error)}`);
      this.skip();
    }
  });
  after(() => workspace.dispose());

  const written = (TEMPLATES as readonly Template[]).filter(({ languages }) => languages.includes("python"));

  it("have a trial each", () => assert.deepEqual(Object.keys(TRIALS).sort(), written.map(({ id }) => id).sort()));

  for (const { id } of written) {
    const trial = TRIALS[id] as Trial | undefined;
    if (!trial || !(everything || trial.always)) continue;
    it(`${id} runs as "python train.py" and leaves an explanation that opens`, async () => {
      const ended = await trainlens(["new", id, "--language", "python"], workspace.folder);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, /pip install -r .*requirements\.txt\nTrain it: python .*train\.py/);
      const folder = workspace.path(id);
      assert.match(readFileSync(path.join(folder, "requirements.txt"), "utf8"), /^shap==/m);
      const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", CUDA_VISIBLE_DEVICES: "" };
      const { stdout } = await run(python, ["train.py", ...trial.args.split(" ")], { cwd: folder, env: environment });
      assert.match(stdout, trial.prints);
      for (const file of trial.writes) assert.ok(existsSync(path.join(folder, file)), file);

      const { samples, features, outputs } = readExplanation(readFileSync(path.join(folder, `${id}.shap.npz`)));
      assert.deepEqual([samples, features, outputs], trial.explains);
      const plotted = await trainlens(["plot", `${id}/${id}.shap.npz`, "--output", `${id}.svg`], workspace.folder);
      assert.equal(plotted.code, 0, plotted.stderr);
    });
  }
});
