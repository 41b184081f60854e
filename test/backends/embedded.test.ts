/** Every recipe on the backends that come along. The cpu backend is slow: it gets few examples, and must agree with wasm. */
import assert from "node:assert/strict";
import path from "node:path";
import type { Metrics } from "../../src/protocol/numbers";
import { Workspace, only, trainlens } from "../runner/cli";

/** Relative. Both compute in 32 bits and sum in another order. */
const LOSS_TOLERANCE = 1e-3;

describe("every recipe trains on the backends that come along", () => {
  let workspace: Workspace;
  const recipes: Record<string, string> = {};

  before(async () => {
    workspace = new Workspace();
    await trainlens(["new", "digits"], workspace.folder);
    recipes["digits"] = workspace.path("digits", "train.ts");
    for (const name of ["mlp", "cnn", "lstm", "mobileNet"]) {
      recipes[name] = path.resolve("test/fixtures/recipes", `${name}.ts`);
    }
  });
  after(() => workspace.dispose());

  /** Metrics of each epoch; the run must have kept its number of tensors. */
  async function train(recipe: string, backend: string, settings: Record<string, number>): Promise<Metrics[]> {
    const run = `${recipe}-${backend}-${Object.values(settings).join("-")}`;
    const set = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    const ended = await trainlens(
      ["train", recipes[recipe], "--run", run, "--backend", backend, "--seed", "5", ...set],
      workspace.folder,
    );
    assert.equal(ended.code, 0, ended.stderr);
    const events = workspace.events(run);
    assert.equal(only(events, "backend").name, backend);
    const epochs = events.filter((event) => event.type === "epoch");
    assert.equal(epochs.length, settings["epochs"]);
    assert.equal(new Set(epochs.map(({ tensors }) => tensors)).size, 1, "tensors leak");
    return epochs.map(({ metrics }) => metrics);
  }

  it("digits on cpu, as on wasm", async () => {
    const settings = { epochs: 1, batchSize: 1000, hiddenUnits: 16 };
    const [cpu, wasm] = [await train("digits", "cpu", settings), await train("digits", "wasm", settings)];
    assertClose(cpu, wasm);
  });

  for (const recipe of ["mlp", "cnn", "lstm", "mobileNet"]) {
    it(`${recipe} on cpu, as on wasm`, async () => {
      const settings = { epochs: 2, examples: 64, batchSize: 32 };
      const [cpu, wasm] = [await train(recipe, "cpu", settings), await train(recipe, "wasm", settings)];
      assertClose(cpu, wasm);
    });
  }

  /** Accuracy on the training examples that is reached: chance is 0.1. */
  const LEARNED: Record<string, number> = { mlp: 0.85, cnn: 0.75, lstm: 0.5, mobileNet: 0.85 };
  for (const [recipe, accuracy] of Object.entries(LEARNED)) {
    it(`${recipe} on wasm learns`, async () => {
      const metrics = await train(recipe, "wasm", { epochs: 4, examples: 1500, batchSize: 32 });
      assert.ok(metrics[3]["accuracy"] > accuracy, JSON.stringify(metrics));
    });
  }
});

function assertClose(actual: readonly Metrics[], expected: readonly Metrics[]): void {
  actual.forEach(({ loss }, epoch) => {
    const wanted = expected[epoch]["loss"];
    assert.ok(Math.abs(loss - wanted) <= LOSS_TOLERANCE * wanted, `epoch ${epoch + 1}: ${loss} and ${wanted}`);
  });
}
