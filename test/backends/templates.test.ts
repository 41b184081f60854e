/** Every template trains on every backend that can run here: its own model and augmentation, on a few of its examples. */
import assert from "node:assert/strict";
import process from "node:process";
import type { Metrics } from "../../src/protocol/numbers";
import { TEMPLATES, type Template } from "../../src/scaffold";
import { nativeBackend } from "../hosts/nativeBackend.mjs";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { CLI, Workspace, trainlens } from "../runner/cli";
import { assertClose, trainOn } from "./recipes";

/** Held out are as many as in a batch: WebGPU compiles its programs anew for another number. */
const BATCH_SIZE = 24;

/** Grown in plain JavaScript, whatever the backend. */
const TREES = ["decision-tree", "random-forest"];
/** Its model is that of `augmentation`, and its data takes a run of the GAN. */
const OF_OTHERS = ["gan-classifier"];

/**
 * On a software adapter WebGPU takes half a minute for each of these. Their layers, and augmentation, have tests there of
 * their own.
 */
const SLOW_ON_WEBGPU = ["cnn", "augmentation", "lstm", "transfer", "gan"];

/** The recipe with a few examples: some backends are slow. */
const FEW = `
  import * as recipe from "./train.ts";
  export * from "./train.ts";
  export const compare = {};
  const take = ({ data, shape: [rows, ...rest] }, count) => {
    const some = Math.min(rows, count);
    return { data: data.slice(0, (data.length / rows) * some), shape: [some, ...rest] };
  };
  export async function data() {
    const { train, validation, test: _left, ...facts } = await recipe.data();
    const split = ({ x, y }, count) => ({ x: take(x, count), y: take(y, count) });
    return { ...facts, train: split(train, ${2 * BATCH_SIZE}), validation: split(validation, ${BATCH_SIZE}) };
  }
`;

describe("every template", function () {
  this.timeout(15 * 60_000);
  let workspace: Workspace;
  let environment: NodeJS.ProcessEnv;
  let native: string[];

  before(async () => {
    environment = { ...process.env };
    const { runtime, args } = await nativeBackend(CLI);
    native = args;
    Object.assign(process.env, { TRAINLENS_RUNTIME: runtime }, await softwareVulkan());
    workspace = new Workspace();
  });
  after(() => {
    process.env = environment;
    workspace.dispose();
  });

  const train = (id: string, backend: string): Promise<Metrics[]> => {
    const place = { workspace, file: workspace.path(id, "few.ts"), run: `${id}-${backend}` };
    const args = ["--seed", "3", ...(backend === "native" ? native : [])];
    return trainOn(backend, place, { epochs: 2, batchSize: BATCH_SIZE }, args);
  };

  const scripts = (TEMPLATES as readonly Template[]).filter(
    ({ id, languages }) => languages.includes("typescript") && ![...TREES, ...OF_OTHERS].includes(id),
  );
  for (const { id } of scripts) {
    let onWasm: Metrics[];

    it(`${id} trains on wasm`, async () => {
      await trainlens(["new", id], workspace.folder);
      workspace.write(`${id}/few.ts`, FEW);
      onWasm = await train(id, "wasm");
    });
    for (const backend of ["native", "webgpu", "cpu"]) {
      if (backend === "webgpu" && SLOW_ON_WEBGPU.includes(id)) continue;
      it(`${id} trains on ${backend} as on wasm`, async () => {
        const metrics = await train(id, backend);
        // Whether an example is on the right side of a threshold may differ where it is near.
        const names = Object.keys(onWasm[0]).filter((name) => !/accuracy|diversity/.test(name));
        assert.ok(names.length > 0);
        for (const name of names) {
          metrics.forEach((epoch, i) => assertClose(epoch[name], onWasm[i][name], `${name} of epoch ${i + 1}`));
        }
      });
    }
  }
});
