/** `trainlens explain` in a real child: what it writes, what it says, and how it ends. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readExplanation, readNpz, writeNpz } from "../../src/npz";
import { parseEvents } from "../../src/protocol/events";
import { readRun } from "../../src/runFolder";
import { start, trainlens, Workspace } from "./cli";

const RECIPE = `
import * as tf from "@tensorflow/tfjs";
export const hyperparameters = { epochs: 1, batchSize: 16, rows: 60 };
const split = (n, first) => ({
  x: { data: Float32Array.from({ length: n * 4 }, (_, i) => Math.sin(first + i)), shape: [n, 4] },
  y: { data: Float32Array.from({ length: n * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)), shape: [n, 3] },
});
export const data = () => ({
  name: "waves", train: split(hyperparameters.rows, 0), validation: split(20, 300), test: split(30, 500),
  classNames: ["low", "middle", "high"], featureNames: ["north", "east", "south", "west"],
});
export function createModel() {
  const model = tf.sequential({ layers: [
    tf.layers.dense({ units: 8, activation: "relu", inputShape: [4] }),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ] });
  model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
  return model;
}`;

describe("trainlens explain", function () {
  this.timeout(60_000);
  const workspace = new Workspace();
  const run = workspace.path(".trainlens/runs/waves-1");
  const explain = (...args: string[]) => trainlens(["explain", ...args, "--backend", "wasm"], workspace.folder);
  const explanation = (file: string) => readExplanation(readFileSync(file));

  before(async () => {
    const recipe = workspace.write("waves.js", RECIPE);
    const trained = await trainlens(["train", recipe, "--run", run, "--backend", "wasm"], workspace.folder);
    assert.equal(trained.code, 0, trained.stderr);
  });
  after(() => workspace.dispose());

  it("explains a run by its folder: ten test rows against rows of the train split", async () => {
    const { code, stdout, stderr } = await explain(run, "--background", "20");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Explained 10 samples against 20 references/);
    const found = explanation(`${run}/explanations/deep-0-9-bg20.shap.npz`);
    assert.deepEqual([found.samples, ...found.featureShape, found.outputs], [10, 4, 3]);
    assert.deepEqual(found.featureNames, ["north", "east", "south", "west"]);
    assert.deepEqual(found.outputNames, ["low", "middle", "high"]);
    assert.deepEqual(
      Array.from(found.data ?? []),
      Array.from({ length: 40 }, (_, i) => Math.fround(Math.sin(500 + i))),
    );
    const { meta } = found;
    assert.deepEqual(meta.labels, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    assert.deepEqual(meta.sampleIndices, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(
      [meta.method, meta.background, meta.backend, meta.outputKind, meta.seed],
      ["deep", 20, "wasm", "probability", 42],
    );
    assert.ok((meta.additivityError ?? NaN) < 1e-5);
    for (let row = 0; row < 30; row++) {
      const [sample, output] = [Math.floor(row / 3), row % 3];
      let sum = found.baseValues[row];
      for (let i = 0; i < 4; i++) sum += found.values[(sample * 4 + i) * 3 + output];
      assert.ok(Math.abs(sum - (found.predictions?.[row] ?? NaN)) < 1e-5);
    }
    assert.deepEqual(
      workspace.events(".trainlens/runs/waves-1").at(-1)?.type,
      "explained",
      "the run's own events tell of it",
    );
  });

  it("explains a run by its id, some rows, and tells it as events", async () => {
    const { code, stdout } = await explain("waves-1", "--samples", "28-29", "--background", "5", "--json");
    assert.equal(code, 0);
    const { events, rest } = parseEvents(stdout);
    assert.equal(rest, "");
    assert.deepEqual([...new Set(events.map(({ type }) => type))], ["progress", "explained", "ended"]);
    const explained = events.find((event) => event.type === "explained");
    assert.equal(explained?.path, "explanations/deep-28-29-bg5.shap.npz");
    assert.deepEqual([explained.samples, explained.background], [2, 5]);
    const progress = events.flatMap((event) => (event.type === "progress" ? event.done / event.total : []));
    assert.equal(progress.at(-1), 1);
  });

  it("keeps explanations that differ in background or seed apart, and replaces what is asked again", async () => {
    const folder = `${run}/explanations`;
    const before = new Set(readdirSync(folder));
    for (const args of [["7"], ["8"], ["8", "--seed", "5"], ["8"]])
      assert.equal((await explain(run, "--samples", "0-1", "--background", ...args)).code, 0);
    const added = readdirSync(folder).filter((file) => !before.has(file));
    assert.deepEqual(added.sort(), ["deep-0-1-bg7.shap.npz", "deep-0-1-bg8-seed5.shap.npz", "deep-0-1-bg8.shap.npz"]);
    for (const [file, background] of [
      [added[0], 7],
      [added[1], 8],
    ] as const)
      assert.equal(explanation(`${folder}/${file}`).meta.background, background);
    const { state } = (await readRun(run)) ?? {};
    assert.equal(state?.explanations.filter(({ name }) => name === "deep-0-1-bg8").length, 1);
  });

  it("fails where the recipe ends the process or never answers", async () => {
    const recipe = workspace.path("waves.js");
    try {
      for (const [statement, message] of [
        ["process.exit(0)", /process\.exit\(0\)/],
        ["await new Promise(() => undefined)", /The recipe's data never settled/],
      ] as const) {
        writeFileSync(recipe, `${RECIPE}\n${statement};`);
        const { code, stdout, stderr } = await explain(run, "--json");
        assert.equal(code, 1);
        assert.match(stderr, message);
        const last = parseEvents(stdout).events.at(-1);
        assert.ok(last?.type === "ended" && last.outcome === "failed");
      }
    } finally {
      writeFileSync(recipe, RECIPE);
    }
  });

  it("takes the whole train split where it has less than the default background", async () => {
    const output = workspace.path("small.shap.npz");
    assert.equal((await explain(run, "--output", output)).code, 0);
    assert.equal(explanation(output).meta.background, 60);
  });

  it("draws the same background for the same seed, another for another", async () => {
    const values = async (seed: string) => {
      const output = workspace.path(`seed-${seed}.shap.npz`);
      assert.equal((await explain(run, "--background", "5", "--seed", seed, "--output", output)).code, 0);
      return Array.from(explanation(output).values);
    };
    const [first, second, other] = [await values("1"), await values("1"), await values("2")];
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, other);
  });

  it("explains a bare model from npz files", async () => {
    const rows = (n: number) => ({
      kind: "numeric" as const,
      data: Float32Array.from({ length: n * 4 }, (_, i) => Math.cos(i)),
      shape: [n, 4],
    });
    writeFileSync(workspace.path("background.npz"), writeNpz({ anything: rows(6) }));
    writeFileSync(workspace.path("samples.npz"), writeNpz({ x: rows(2), other: rows(1) }));
    const files = ["--background", workspace.path("background.npz"), "--samples", workspace.path("samples.npz")];
    const output = workspace.path("bare.shap.npz");
    const { code, stderr } = await explain(`${run}/model/model.json`, ...files, "--output", output);
    assert.equal(code, 0, stderr);
    const { meta, samples } = explanation(output);
    assert.deepEqual([samples, meta.background, meta.model], [2, 6, "model.json"]);
    assert.ok(readNpz(readFileSync(output)).has("base_values"));
  });

  it("explains a model that Keras saved", async () => {
    const fixture = path.resolve("test", "fixtures", "keras", "mlp");
    const output = workspace.path("keras.shap.npz");
    const files = ["--background", `${fixture}.npz`, "--samples", `${fixture}.npz`];
    const { code, stderr } = await explain(`${fixture}.keras`, ...files, "--output", output);
    assert.equal(code, 0, stderr);
    const { meta, samples, outputs } = explanation(output);
    assert.deepEqual([samples, outputs, meta.model], [3, 3, "mlp.keras"]);
    assert.ok((meta.additivityError ?? NaN) <= 1e-5);
  });

  const refused: [string, number, RegExp, () => string[]][] = [
    ["no such run", 1, /neither a run nor a model\.json.*trainlens runs/s, () => ["nothing"]],
    ["no such model", 1, /There is no nothing\/model\.json/, () => ["nothing/model.json"]],
    ["a bare model without files", 2, /no data of its own.*--background FILE\.npz/s, () => [`${run}/model/model.json`]],
    ["rows past the end", 2, /the test split has 30 rows, 0 to 29/, () => [run, "--samples", "25-30"]],
    ["rows backwards", 2, /ends before it begins/, () => [run, "--samples", "5-2"]],
    ["samples that are no rows", 2, /neither a range of rows nor an \.npz/, () => [run, "--samples", "all"]],
    ["more references than rows", 1, /have 60 rows.*60 rows at most/s, () => [run, "--background", "61"]],
    ["no references", 2, /--background 0/, () => [run, "--background", "0"]],
    ["another method", 2, /Allowed choices are deep/, () => [run, "--method", "magic"]],
    ["an output of another kind", 2, /does not end in \.shap\.npz/, () => [run, "--output", "x.csv"]],
    ["a chunk of nothing", 2, /--chunk-mb "0" is no number above 0/, () => [run, "--chunk-mb", "0"]],
    ["a seed of nothing", 2, /--seed "" is no whole number/, () => [run, "--seed", ""]],
    ["a seed that is no number", 2, /--seed "x" is no whole number/, () => [run, "--seed", "x"]],
    [
      "samples of another shape",
      1,
      /samples have the shape \[2, 5\]; the model takes \[n, 4\]/,
      () => {
        const data = new Float32Array(10);
        writeFileSync(workspace.path("wide.npz"), writeNpz({ x: { kind: "numeric", data, shape: [2, 5] } }));
        return [run, "--samples", workspace.path("wide.npz")];
      },
    ],
    [
      "a file that is no npz",
      1,
      /torn\.npz cannot be used/,
      () => [run, "--samples", workspace.write("torn.npz", "PK but not really")],
    ],
  ];
  for (const [what, code, message, args] of refused) {
    it(`refuses ${what}`, async () => {
      const before = existsSync(`${run}/explanations`) ? readdirSync(`${run}/explanations`) : [];
      const ended = await explain(...args());
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, message);
      assert.doesNotMatch(ended.stderr, /\n\s+at /, "no stack");
      assert.deepEqual(existsSync(`${run}/explanations`) ? readdirSync(`${run}/explanations`) : [], before);
    });
  }

  it("stops at SIGTERM in good order: code 130, an event, no file", async () => {
    const output = workspace.path("stopped.shap.npz");
    const asked = ["--background", "60", "--samples", "0-29", "--chunk-mb", "0.0001", "--output", output, "--json"];
    const child = start(["explain", run, ...asked, "--backend", "wasm"], workspace.folder);
    await new Promise<void>((resolve) =>
      child.process.stdout?.on("data", (text: string) => {
        if (text.includes("progress")) resolve();
      }),
    );
    child.process.kill("SIGTERM");
    const { code, stdout } = await child.ended;
    assert.equal(code, 130);
    const last = parseEvents(stdout).events.at(-1);
    assert.ok(last?.type === "ended" && last.outcome === "stopped");
    assert.deepEqual(
      readdirSync(workspace.folder).filter((name) => name.startsWith("stopped")),
      [],
    );
  });
});
