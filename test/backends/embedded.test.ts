/** Every recipe on the backends that come along. The cpu backend is slow: it gets few examples, and must agree with wasm. */
import assert from "node:assert/strict";
import type { Metrics } from "../../src/protocol/numbers";
import { Workspace, trainlens } from "../runner/cli";
import { RECIPES, assertClose, recipeFile, trainOn } from "./recipes";

describe("every recipe trains on the backends that come along", () => {
  let workspace: Workspace;
  const recipes: Record<string, string> = Object.fromEntries(RECIPES.map((name) => [name, recipeFile(name)]));

  before(async () => {
    workspace = new Workspace();
    await trainlens(["new", "digits"], workspace.folder);
    recipes["digits"] = workspace.path("digits", "train.ts");
  });
  after(() => workspace.dispose());

  function train(
    recipe: string,
    backend: string,
    settings: { epochs: number } & Record<string, number>,
  ): Promise<Metrics[]> {
    const run = `${recipe}-${backend}-${Object.values(settings).join("-")}`;
    return trainOn(backend, { workspace, file: recipes[recipe], run }, settings, ["--seed", "5"]);
  }

  async function agree(recipe: string, settings: { epochs: number } & Record<string, number>): Promise<void> {
    const [cpu, wasm] = [await train(recipe, "cpu", settings), await train(recipe, "wasm", settings)];
    cpu.forEach(({ loss }, epoch) => assertClose(loss, wasm[epoch]["loss"], `epoch ${epoch + 1}`));
  }

  it("digits on cpu, as on wasm", () => agree("digits", { epochs: 1, batchSize: 1000, hiddenUnits: 16 }));

  // The others are like templates, which train on all backends.
  it("mobileNet on cpu, as on wasm", () => agree("mobileNet", { epochs: 2, examples: 64, batchSize: 32 }));

  /** Accuracy on the training examples that is reached: chance is 0.1. */
  const LEARNED: Record<string, number> = { mlp: 0.85, cnn: 0.75, lstm: 0.5, mobileNet: 0.85 };
  for (const [recipe, accuracy] of Object.entries(LEARNED)) {
    it(`${recipe} on wasm learns`, async () => {
      const metrics = await train(recipe, "wasm", { epochs: 4, examples: 1500, batchSize: 32 });
      assert.ok(metrics[3]["accuracy"] > accuracy, JSON.stringify(metrics));
    });
  }
});
