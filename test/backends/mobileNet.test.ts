/** What no template has, on the backends that come along: separable convolutions and batch normalization, from scratch. */
import assert from "node:assert/strict";
import type { Metrics } from "../../src/protocol/numbers";
import { Workspace } from "../runner/cli";
import { assertClose, recipeFile, trainOn } from "./recipes";

describe("a small MobileNet", () => {
  let workspace: Workspace;

  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  const train = (backend: string, settings: { epochs: number } & Record<string, number>): Promise<Metrics[]> => {
    const run = `${backend}-${Object.values(settings).join("-")}`;
    return trainOn(backend, { workspace, file: recipeFile("mobileNet"), run }, settings, ["--seed", "5"]);
  };

  it("trains on cpu, as on wasm", async () => {
    // The cpu backend is slow: few examples.
    const settings = { epochs: 2, examples: 64, batchSize: 32 };
    const [cpu, wasm] = [await train("cpu", settings), await train("wasm", settings)];
    cpu.forEach(({ loss }, epoch) => assertClose(loss, wasm[epoch]["loss"], `epoch ${epoch + 1}`));
  });

  it("learns on wasm", async () => {
    const metrics = await train("wasm", { epochs: 4, examples: 1500, batchSize: 32 });
    // On the training examples; chance is 0.1.
    assert.ok(metrics[3]["accuracy"] > 0.85, JSON.stringify(metrics));
  });
});
