/** Every template trains for real: the command line's own child, the backend that "auto" takes, few epochs. */
import assert from "node:assert/strict";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { TEMPLATES, type Template } from "../../src/scaffold";
import { Workspace, only, trainlens } from "./cli";

interface Trial {
  /** Hyperparameters in place of the template's. */
  set: string[];
  /** What the last epoch reaches: a metric, and the least value it must have, or of an error the greatest. */
  reaches: [metric: string, bound: { atLeast: number } | { atMost: number }];
}

const TRIALS: Record<string, Trial> = {
  digits: { set: ["epochs=2"], reaches: ["val_accuracy", { atLeast: 0.88 }] },
  cnn: { set: ["epochs=1"], reaches: ["val_accuracy", { atLeast: 0.85 }] },
  augmentation: { set: ["epochs=6"], reaches: ["val_accuracy", { atLeast: 0.7 }] },
  "tabular-classifier": { set: ["epochs=10"], reaches: ["val_accuracy", { atLeast: 0.9 }] },
  "tabular-regressor": { set: ["epochs=10"], reaches: ["val_mae", { atMost: 55 }] },
  // Too few steps to make digits: that they differ, and leave their files, is what can be asked.
  gan: { set: ["epochs=2", "steps=8"], reaches: ["diversity", { atLeast: 0.02 }] },
  // The GAN's run is the one above: a recipe lies two folders deep.
  "gan-classifier": {
    set: ["epochs=1", "examples=2000", "made=64", "run=../../typescript-gan"],
    reaches: ["val_accuracy", { atLeast: 0.6 }],
  },
  // Chance is 0.29, the share of the largest kind.
  transfer: { set: ["epochs=3"], reaches: ["val_accuracy", { atLeast: 0.5 }] },
  "decision-tree": { set: ["maxDepth=3"], reaches: ["val_accuracy", { atLeast: 0.92 }] },
  "random-forest": { set: ["nEstimators=10"], reaches: ["val_mae", { atMost: 52 }] },
  lstm: {
    set: ["epochs=2", "examples=1600", "units=40"],
    reaches: ["val_accuracy", { atLeast: 0.25 }],
  },
};

describe("templates", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  const run = async (...args: string[]): Promise<void> => {
    const ended = await trainlens(args, workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
  };

  const scripts = (TEMPLATES as readonly Template[]).filter(({ languages }) => languages.includes("typescript"));
  for (const { id } of scripts) {
    it(`${id} trains to its metric, and in JavaScript to the same weights`, async () => {
      const trial = TRIALS[id] as Trial | undefined;
      assert.ok(trial, `say in TRIALS what ${id} reaches`);
      const settings = trial.set.flatMap((assignment) => ["--set", assignment]);
      for (const [language, file] of Object.entries({ typescript: "train.ts", javascript: "train.js" })) {
        await run("new", id, `${language}/${id}`, "--language", language);
        await run("train", `${language}/${id}/${file}`, "--run", `${language}-${id}`, ...settings);
      }
      const events = workspace.events(`typescript-${id}`);
      const { epochs } = events.reduce(runReducer, initialRunState);
      const [metric, bound] = trial.reaches;
      const value = epochs[epochs.length - 1].metrics[metric];
      assert.ok("atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost, `${metric} ${value}`);
      assert.equal(new Set(epochs.map(({ tensors }) => tensors)).size, 1, "tensors leak");
      assert.deepEqual(workspace.model(`javascript-${id}`), workspace.model(`typescript-${id}`));

      await run("explain", `typescript-${id}`, "--samples", "0-1", "--background", "10");
      const { additivityError } = only(workspace.events(`typescript-${id}`), "explained");
      assert.ok(additivityError < 1e-3, String(additivityError));
    });
  }
});
