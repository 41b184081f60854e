/** `trainlens sweep` in real processes: stopped by Ctrl+C, gone on with by the same call, told as JSON. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseManifest } from "../../src/protocol/runManifest";
import type { TrialRow } from "../../src/protocol/sweep";
import { Workspace, digitsRecipe, start, trainlens } from "./cli";

describe("trainlens sweep", () => {
  const workspace = new Workspace();
  after(() => workspace.dispose());

  it("goes on where Ctrl+C has stopped it, and tells the trials, the best first", async () => {
    workspace.write("train.ts", digitsRecipe().replace("digits()", "digits({ examples: 600 })"));
    const args = ["sweep", "train.ts", "--set", "batchSize=300,50", "--set", "epochs=2", "--json"];
    const first = start(args, workspace.folder);
    const runs = workspace.path(".trainlens", "runs");
    let over = false;
    void first.ended.then(() => (over = true));
    for (;;) {
      const [run] = listed(runs);
      if (run !== undefined && workspace.events(`.trainlens/runs/${run}`).some(({ type }) => type === "started")) break;
      assert.ok(!over, "the sweep ended before it began");
      await sleep(10);
    }
    first.process.kill("SIGINT");
    const stopped = await first.ended;
    assert.equal(stopped.code, 130, stopped.stderr);
    const { name } = JSON.parse(stopped.stdout) as { name: string };
    assert.match(stopped.stderr, new RegExp(`trainlens sweep --name ${name}`));

    const ended = await trainlens(args, workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const told = JSON.parse(ended.stdout) as { name: string; trials: TrialRow[] };
    assert.equal(told.name, name, "the same call is the same sweep");
    assert.deepEqual(
      told.trials.map(({ values, status }) => [values.batchSize, status]),
      [
        [50, "done"],
        [300, "done"],
      ],
    );
    const [best, worst] = told.trials.map((trial) => trial.best?.value ?? NaN);
    assert.ok(best < worst, `${best} ${worst}`);
    const ids = listed(runs);
    assert.deepEqual(told.trials.map(({ run }) => run).sort(), ids, "no trial was begun twice");
    const marks = ids.map((id) => parseManifest(readFileSync(`${runs}/${id}/run.json`, "utf8"))?.sweep);
    assert.deepEqual(marks, [
      { name, trial: 1 },
      { name, trial: 2 },
    ]);
  });
});

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
