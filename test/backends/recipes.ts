/** Runs of the recipes that every backend must train. */
import assert from "node:assert/strict";
import path from "node:path";
import type { Metrics } from "../../src/protocol/numbers";
import { type Workspace, only, trainlens } from "../runner/cli";

/** Relative, of a loss after as many steps as these tests take: backends sum in another order, and training carries that on. */
export const LOSS_TOLERANCE = 1e-3;

/** @param name of a recipe of the bench that is no template. */
export function recipeFile(name: "mlp" | "mobileNet"): string {
  return path.resolve("test/fixtures/recipes", `${name}.ts`);
}

/**
 * Trains in a new run. It must take the backend, and have as many tensors after each epoch.
 *
 * @param settings hyperparameters, `epochs` among them. @param args of `trainlens train`, besides.
 * @returns the metrics of each epoch.
 */
export async function trainOn(
  backend: string,
  { workspace, file, run }: { workspace: Workspace; file: string; run: string },
  settings: { epochs: number } & Record<string, number>,
  args: readonly string[] = [],
): Promise<Metrics[]> {
  const set = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const ended = await trainlens(["train", file, "--run", run, "--backend", backend, ...set, ...args], workspace.folder);
  assert.equal(ended.code, 0, ended.stderr);
  const events = workspace.events(run);
  assert.equal(only(events, "backend").name, backend);
  const epochs = events.filter((event) => event.type === "epoch");
  assert.equal(epochs.length, settings.epochs);
  assert.equal(new Set(epochs.map(({ tensors }) => tensors)).size, 1, "tensors leak");
  return epochs.map(({ metrics }) => metrics);
}

export function assertClose(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < LOSS_TOLERANCE * expected, `${what}: ${actual} and ${expected}`);
}
