/** A recipe's `compare`: stopped amid it and resumed, against a run that has those hyperparameters itself. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { Workspace, digitsRecipe, only, start, trainlens } from "./cli";

describe("a recipe with a comparison", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  it("reports what other hyperparameters give, the same as a run of its own with them", async () => {
    const plain = digitsRecipe({
      layers: "tf.layers.dropout({ rate: hyperparameters.rate }),",
      batchSize: 32,
      epochs: 3,
    });
    const recipe = workspace.write(
      "dropout.js",
      `${plain.replace("fast: false", "compare: true, rate: 0.4")}\n export const compare = { rate: 0 };`,
    );
    const child = start(["train", recipe, "--run", "both"], workspace.folder);
    await workspace.until(child, "both", "comparison");
    writeFileSync(workspace.path("both", "stop"), "");
    assert.equal((await child.ended).code, 130);
    const resumed = await trainlens(["train", "--resume", "--run", "both"], workspace.folder);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(
      resumed.stdout,
      /Compared on the test split:\n {2}rate=0 .*accuracy 0\.\d{4}\n {2}as trained .*accuracy/,
    );

    const events = workspace.events("both");
    const compared = only(events, "compared");
    assert.deepEqual(compared.hyperparameters, { rate: 0 });
    const alone = await trainlens(["train", recipe, "--run", "alone", "--set", "rate=0"], workspace.folder);
    assert.equal(alone.code, 0, alone.stderr);
    const own = only(workspace.events("alone"), "evaluation");
    // Nothing differs there, so nothing is compared.
    assert.ok(!workspace.events("alone").some(({ type }) => type === "comparison"));
    for (const [name, value] of Object.entries(own.metrics)) {
      assert.ok(Math.abs(value - compared.compared.metrics[name]) < 1e-5, `${name}: ${value}`);
    }
    assert.notDeepEqual(compared.asTrained.metrics, compared.compared.metrics);
    const state = events.reduce(runReducer, initialRunState);
    assert.equal(state.comparison?.type, "compared");
    assert.deepEqual(state.evaluation?.metrics, compared.asTrained.metrics);
    assert.deepEqual(state.epochs.map(({ epoch }) => epoch), [1, 2, 3]); // prettier-ignore
  });
});
