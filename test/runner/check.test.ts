/** A recipe checked by the bundled command line. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { parseRecipeCheck } from "../../src/protocol/recipeCheck";
import { Workspace, digitsRecipe, trainlens } from "./cli";

describe("trainlens check", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  it("says where a recipe throws, trains nothing, and ends with 1", async () => {
    workspace.write("train.ts", digitsRecipe({ layers: "tf.layers.none()," }));
    const { code, stdout, stderr } = await trainlens(["check", "train.ts"], workspace.folder);
    assert.equal(code, 1);
    assert.match(stdout, /^Data: 8000 train, 1000 validation, 1000 test, examples of \[784\]$/m);
    assert.match(stdout, /^train\.ts:\d+:\d+: error: The recipe train\.ts threw in createModel\(\): TypeError/m);
    assert.match(stderr, /A run of this recipe would fail/);
    assert.ok(!existsSync(workspace.path(".trainlens", "runs")));
  });

  it("prints one object for a program, after what the recipe prints", async () => {
    const recipe = digitsRecipe().replace('loss: "categoricalCrossentropy"', "loss: tf.losses.softmaxCrossEntropy");
    workspace.write("slip.ts", `${recipe}\nconsole.log("hello");`);
    const { code, stdout } = await trainlens(["check", "slip.ts", "--json", "--set", "epochs=3"], workspace.folder);
    assert.equal(code, 0);
    const [hello, json] = stdout.trimEnd().split("\n");
    assert.equal(hello, "hello");
    const expected = [{ kind: "lossFromLogits", loss: "softmaxCrossEntropy", activation: "softmax" }];
    assert.deepEqual(parseRecipeCheck(json)?.problems, expected);
  });
});
