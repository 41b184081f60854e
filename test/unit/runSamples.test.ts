import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runSamples } from "../../src/data";
import { inRecipeFolder } from "../../src/data/recipeFolder";
import { writeNpz } from "../../src/npz";
import type { RunManifest } from "../../src/protocol/runManifest";

describe("pictures of another run", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A run with two pictures of 1 x 2 pixels, all of one value; none of them where there is no value. */
  const run = (id: string, recipe: string, value?: number): string => {
    const place = path.join(folder, ".trainlens", "runs", id);
    mkdirSync(path.join(place, "samples"), { recursive: true });
    const manifest: RunManifest = {
      version: 1,
      id,
      created: 1,
      recipe: { name: recipe, path: path.join(folder, recipe, "train.ts"), language: "typescript" },
      hyperparameters: { digit: 8 },
      overrides: {},
      seed: 1,
      backendAsked: "auto",
      versions: {},
    };
    writeFileSync(path.join(place, "run.json"), JSON.stringify(manifest));
    const x = { kind: "numeric", data: new Float32Array(4).fill(value ?? 0), shape: [2, 1, 2, 1] } as const;
    if (value !== undefined) writeFileSync(path.join(place, "samples", "samples.npz"), writeNpz({ x }));
    return place;
  };
  const asked = (options: Parameters<typeof runSamples>[0]): ReturnType<typeof runSamples> =>
    inRecipeFolder(path.join(folder, "classifier", "deep"), () => runSamples(options));

  it("are of the newest run of the recipe that has made some, above the recipe that asks", () => {
    run("20260101-000000-gan-0001", "gan", 0.25);
    const newest = run("20260102-000000-gan-0002", "gan", 0.5);
    run("20260103-000000-gan-0003", "gan");
    run("20260104-000000-other-0004", "other", 0.75);
    const { x, hyperparameters, run: found } = asked({ recipe: "gan" });
    assert.deepEqual(x, { data: new Float32Array(4).fill(0.5), shape: [2, 1, 2, 1] });
    assert.deepEqual([found, hyperparameters], [newest, { digit: 8 }]);
  });

  it("are of the run that is named", () => {
    run("20260101-000000-gan-0001", "gan", 0.25);
    const { x } = asked({ recipe: "gan", run: "../../.trainlens/runs/20260101-000000-gan-0001" });
    assert.equal(x.data[0], 0.25);
  });

  it("are missed with what to do", () => {
    const refused = (options: Parameters<typeof runSamples>[0], message: RegExp): void =>
      assert.throws(
        () => asked(options),
        (error) => {
          assert.ok(error instanceof Error && "advice" in error);
          assert.match(error.message, message);
          assert.match(String(error.advice), /Train the recipe "gan" first|Name a run's folder|^undefined$/);
          return true;
        },
      );
    refused({ recipe: "gan" }, /no run of the recipe "gan" with pictures/);
    const place = run("20260103-000000-gan-0003", "gan");
    refused({ recipe: "gan", run: place }, /has no pictures/);
    writeFileSync(path.join(place, "samples", "samples.npz"), "x");
    refused({ recipe: "gan", run: place }, /samples\.npz/);
    const flat = { kind: "numeric", data: new Float32Array(4), shape: [2, 2] } as const;
    writeFileSync(path.join(place, "samples", "samples.npz"), writeNpz({ x: flat }));
    refused({ recipe: "gan", run: place }, /no pictures x of shape/);
    rmSync(path.join(place, "run.json"));
    refused({ recipe: "gan", run: place }, /holds no run/);
  });
});
