/** Recipes for data of the user's own: what is found in files, and that what is written trains at once. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import vm from "node:vm";
import { transform } from "sucrase";
import { DataError, type Inputs, type TrainingData } from "../../src/data";
import type { Augmentation } from "../../src/data/augment";
import * as trainlensData from "../../src/data";
import { inspectData } from "../../src/data/inspect";
import { inRecipeFolder } from "../../src/data/recipeFolder";
import * as trainlensModels from "../../src/models";
import { isTreeLearner } from "../../src/models/trees/treeLearner";
import { writeNpz } from "../../src/npz";
import { type DataFacts, parseDataFacts } from "../../src/protocol/dataFacts";
import type { Metrics } from "../../src/protocol/numbers";
import { countOf } from "../../src/runner/hyperparameters";
import { checkFit, readTrainingData } from "../../src/runner/training/examples";
import type { Recipe as LoadedRecipe } from "../../src/runner/recipe";
import { checkTreeRecipe, trainTrees } from "../../src/runner/training/trees";
import { train } from "../../src/runner/training/train";
import { type DataRecipeLanguage, recipeFromData, templatesFor, writeScaffold } from "../../src/scaffold";
import type { TemplateId } from "../../src/scaffold/templateList";

interface Recipe {
  hyperparameters: Record<string, number>;
  data: () => TrainingData | Promise<TrainingData>;
  createModel: (data: TrainingData<Inputs>) => tf.LayersModel;
  augment?: () => Augmentation;
}

/** Loaded in this process: the runner's own way needs the runner's bundle. */
function load(file: string): Recipe {
  const modules: Record<string, object> = {
    "@tensorflow/tfjs": tf,
    "trainlens/data": trainlensData,
    "trainlens/models": trainlensModels,
  };
  const { code } = transform(readFileSync(file, "utf8"), { transforms: ["typescript", "imports"] });
  const recipe = {};
  const body = vm.compileFunction(code, ["exports", "require"]) as (exports: object, require: object) => void;
  body(recipe, (name: string) => modules[name]);
  return recipe as Recipe;
}

const TREES = ["decision-tree", "random-forest"] as const;

const FIXTURES = path.resolve("test", "fixtures");

describe("a recipe for data of one's own", () => {
  let folder: string;
  before(() => tf.setBackend("cpu"));
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: string | Uint8Array): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  /** `each` gives the fields of a row. */
  const table = (header: string, rows: number, each: (row: number) => string): string =>
    [header, ...Array.from({ length: rows }, (_, row) => each(row))].join("\n") + "\n";

  const write = async (
    facts: DataFacts,
    answers: { template?: TemplateId; target?: string; language?: DataRecipeLanguage; name?: string } = {},
  ): Promise<string> => {
    const { target, template = templatesFor(facts, target)[0], language = "typescript", name = "recipe" } = answers;
    const place = path.join(folder, name);
    const files = await recipeFromData(facts, {
      ...{ template, language, folder: place },
      ...(target === undefined ? {} : { target }),
    });
    await writeScaffold(place, files);
    return path.join(place, files[0].path);
  };
  /** One epoch with the recipe's own data, model and batches. */
  const trained = async (file: string): Promise<Metrics> => {
    const recipe = load(file);
    // The cpu backend is slow.
    Object.assign(recipe.hyperparameters, { filters: 2, units: 4 });
    const data = await readTrainingData(await inRecipeFolder(path.dirname(file), () => recipe.data()));
    const model = recipe.createModel(data);
    checkFit(model, data);
    const metrics: Metrics[] = [];
    const batchSize = countOf(recipe.hyperparameters, "batchSize");
    await train(
      { model, data, augment: recipe.augment?.(), epochs: 1, batchSize, seed: 1 },
      (event) => event.type === "epoch" && metrics.push(event.metrics),
      { stopRequested: () => false, saveCheckpoint: async () => undefined, saveSamples: async () => undefined },
    );
    assert.equal(metrics.length, 1);
    assert.ok(Object.values(metrics[0]).every(Number.isFinite), JSON.stringify(metrics));
    return metrics[0];
  };
  const refused = (name: string, message: RegExp, advice: RegExp): Promise<void> =>
    assert.rejects(inspectData(path.join(folder, name)), (error) => {
      assert.ok(error instanceof DataError, String(error));
      assert.match(error.message, message);
      assert.match(error.advice ?? "", advice);
      return true;
    });

  it("finds a table's target, gaps and identifiers, and trains in a folder that has moved", async () => {
    const text = table("id,age,city,note,species", 80, (row) =>
      [
        row,
        row % 7 === 0 ? "" : 20 + (row % 30),
        ["Rome", "Oslo", "NA"][row % 3],
        `n${row}`,
        row % 2 ? "cat" : "dog",
      ].join(),
    );
    const facts = await inspectData(put("work/data/pets.csv", text));
    assert.deepEqual(parseDataFacts(JSON.stringify(facts)), facts);
    assert.ok(facts.kind === "table");
    assert.deepEqual(
      [facts.rows, facts.target, templatesFor(facts)],
      [80, "species", ["tabular-classifier", ...TREES]],
    );
    assert.deepEqual(
      facts.columns.map(({ kind, distinct, missing }) => [kind, distinct, missing]),
      [
        ["number", 80, 0],
        ["number", 30, 12],
        ["category", 2, 26],
        ["text", 80, 0],
        ["category", 2, 0],
      ],
    );
    await write(facts, { name: "work/recipe" });
    renameSync(path.join(folder, "work"), path.join(folder, "moved"));
    const file = path.join(folder, "moved", "recipe", "train.ts");
    const source = readFileSync(file, "utf8");
    assert.match(
      source,
      /return csv\("\.\.\/data\/pets\.csv", \{ target: "species", ignore: \["id", "note"\], missing: "fill" \}\);/,
    );
    assert.match(source, /batchSize: 8,/);
    assert.ok("val_accuracy" in (await trained(file)));
  });

  it("predicts another column that is chosen, as a quantity or as classes", async () => {
    const text = table("rooms;price;kind", 60, (row) => `${1 + (row % 5)};${row},5;${["a", "b"][row % 2]}`);
    const facts = await inspectData(put("houses.csv", text));
    assert.deepEqual(facts.load.options, { decimal: "," });
    assert.deepEqual(templatesFor(facts), ["tabular-regressor", ...TREES]);
    assert.deepEqual(templatesFor(facts, "kind"), ["tabular-classifier", ...TREES]);
    assert.deepEqual(templatesFor(facts, "rooms"), ["tabular-classifier", "tabular-regressor", ...TREES]);
    const file = await write(facts, { target: "rooms", template: "tabular-regressor", language: "javascript" });
    assert.match(readFileSync(file, "utf8"), /\{ target: "rooms", task: "regression", decimal: "," \}/);
    assert.ok("val_mae" in (await trained(file)));
    await assert.rejects(write(facts, { target: "kind", template: "cnn" }), RangeError);
  });

  it("weighs classes of unequal size, and no others", async () => {
    const text = table("width,colour,kind", 80, (row) => `${row},${["red", "blue"][row % 2]},${row % 8 ? "a" : "b"}`);
    const facts = await inspectData(put("kinds.csv", text));
    const file = await write(facts, { target: "kind" });
    const source = readFileSync(file, "utf8");
    assert.match(source, /import \{ balancedClassWeights, csv, type TrainingData \}/);
    assert.match(source, /const loaded = csv\(.*\n {2}return \{ \.\.\.loaded, classWeight: balancedClassWeights/);
    assert.ok("val_accuracy" in (await trained(file)));
    const even = readFileSync(await write(facts, { target: "colour", name: "even" }), "utf8");
    assert.doesNotMatch(even, /classWeight/);
    const pictures: DataFacts = {
      kind: "examples",
      path: path.join(folder, "pets"),
      name: "pets",
      load: { loader: "imageFolder", files: [path.join(folder, "pets")], options: { size: [48, 64] } },
      ...{ examples: 90, inputShape: [48, 64, 3], task: "classification", outputs: 2 },
      classes: [
        { name: "cat", count: 20 },
        { name: "dog", count: 70 },
      ],
    };
    assert.match(
      readFileSync(await write(pictures, { template: "cnn", name: "pets" }), "utf8"),
      /export async function data\(\): Promise<TrainingData> \{\n {2}const loaded = await imageFolder\(/,
    );
  });

  for (const [target, task, options] of [
    ["kind", "classification", `target: "kind", decimal: ",", standardize: false`],
    ["price", "regression", `target: "price", task: "regression", decimal: ",", standardize: false`],
  ] as const)
    for (const template of TREES)
      it(`writes a ${template} for ${task}`, async () => {
        const text = table("rooms;price;kind", 60, (row) => `${1 + (row % 5)};${row},5;${["a", "b"][row % 2]}`);
        const facts = await inspectData(put("houses.csv", text));
        const file = await write(facts, { target, template, name: `${template}-${target}` });
        const source = readFileSync(file, "utf8");
        assert.ok(source.includes(`return csv("../houses.csv", { ${options} });`), source);
        assert.match(source, /Numbers stay as they are/);
        const recipe = load(file);
        const data = await readTrainingData(await inRecipeFolder(path.dirname(file), () => recipe.data()));
        const learner: unknown = recipe.createModel(data);
        assert.ok(isTreeLearner(learner));
        checkTreeRecipe({} as LoadedRecipe, data);
        const events: string[] = [];
        const control = { stopRequested: () => false, saveTrees: async () => undefined };
        await trainTrees(learner, data, 1, ({ type }) => void events.push(type), control);
        assert.ok(events.includes("evaluation"), String(events));
      });

  it("reads a table without a header, and leaves broken rows out", async () => {
    const text = table("5.1,3.5,setosa", 30, (row) => (row === 9 ? "1,2" : `${row},${row / 2},${row % 2 ? "a" : "b"}`));
    const facts = await inspectData(put("plain.csv", text));
    assert.deepEqual(facts.load.options, { header: false, onBroken: "skip" });
    assert.ok(facts.kind === "table");
    assert.equal(facts.target, "column 3");
  });

  it("brings pictures to one size, in grey where they have no colours", async () => {
    for (let i = 0; i < 10; i++) {
      for (const [name, picture] of [
        ["one", "grey.png"],
        ["two", "alpha.png"],
      ]) {
        mkdirSync(path.join(folder, "pictures", name), { recursive: true });
        cpSync(path.join(FIXTURES, "pictures", picture), path.join(folder, "pictures", name, `${i}.png`));
      }
    }
    put("pictures/two/broken.png", "no picture");
    const facts = await inspectData(path.join(folder, "pictures"));
    assert.ok(facts.kind === "examples");
    assert.deepEqual(facts.classes, [
      { name: "one", count: 10 },
      { name: "two", count: 11 },
    ]);
    const [height, width, channels] = facts.inputShape;
    assert.ok(height >= 16 && width >= 16 && channels === 3, String(facts.inputShape));
    const file = await write(facts, { template: "cnn" });
    assert.match(
      readFileSync(file, "utf8"),
      /imageFolder\("\.\.\/pictures", \{ size: \[\d+, \d+\], onBroken: "skip" \}\)/,
    );
    assert.ok("val_accuracy" in (await trained(file)));
    rmSync(path.join(folder, "pictures", "two"), { recursive: true });
    cpSync(path.join(folder, "pictures", "one"), path.join(folder, "pictures", "three"), { recursive: true });
    const grey = await inspectData(path.join(folder, "pictures"));
    assert.equal(grey.load.options["channels"], 1);
  });

  it("gives arrays their shape, scale and names", async () => {
    const pixels = Uint8Array.from({ length: 40 * 144 }, (_, i) => (i * 7) % 256);
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const file = put(
      "digits.npz",
      writeNpz({
        images: { kind: "numeric", data: pixels, shape: [40, 12, 12] },
        labels: { kind: "numeric", data: labels, shape: [40] },
        class_names: { kind: "text", data: ["even", "odd"], shape: [2] },
      }),
    );
    const facts = await inspectData(file);
    assert.ok(facts.kind === "examples");
    assert.deepEqual(facts.classes, [
      { name: "even", count: 20 },
      { name: "odd", count: 20 },
    ]);
    assert.deepEqual(templatesFor(facts), ["cnn", "augmentation", "lstm"]);
    const source = await write(facts);
    assert.match(
      readFileSync(source, "utf8"),
      /npz\("\.\.\/digits\.npz", \{\n {4}x: "images",\n {4}y: "labels",\n {4}shape: \[12, 12, 1\],\n {4}scale: 1 \/ 255,\n {4}classNames: \["even", "odd"\],\n {2}\}\)|npz\("\.\.\/digits\.npz", \{ x: "images", y: "labels", shape: \[12, 12, 1\], scale: 1 \/ 255, classNames: \["even", "odd"\] \}\)/,
    );
    assert.ok("val_accuracy" in (await trained(source)));
    assert.ok("val_accuracy" in (await trained(await write(facts, { template: "lstm", name: "sequences" }))));
  });

  it("finds the arrays that belong together", async () => {
    const arrays = path.join(FIXTURES, "arrays");
    const npyFacts = await inspectData(path.join(arrays, "y.npy"));
    assert.deepEqual(
      npyFacts.load.files.map((file) => path.basename(file)),
      ["x.npy", "y.npy"],
    );
    const facts = await inspectData(path.join(arrays, "labels.idx1-ubyte.gz"));
    const file = await write(facts);
    assert.match(
      readFileSync(file, "utf8"),
      /images\.idx3-ubyte",\s+labels: ".*labels\.idx1-ubyte\.gz",\s+test: \{ images/,
    );
    const quantities = await inspectData(path.join(arrays, "quantities.npz"));
    assert.ok("val_mae" in (await trained(await write(quantities, { name: "quantities" }))));
  });

  for (const template of ["transfer", "cnn", "augmentation"] as const)
    it(`fills in ${template} for colour pictures`, async () => {
      const facts: DataFacts = {
        kind: "examples",
        path: path.join(folder, "pets"),
        name: "pets",
        load: { loader: "imageFolder", files: [path.join(folder, "pets")], options: { size: [48, 64] } },
        ...{ examples: 900, inputShape: [48, 64, 3], task: "classification", outputs: 3, classes: [] },
      };
      const source = readFileSync(await write(facts, { template }), "utf8");
      assert.match(source, /inputShape: \[48, 64, 3\]/);
      assert.match(source, /units: 3, activation: "softmax"/);
      assert.match(source, /Promise<TrainingData> \{\n {2}return imageFolder\("\.\.\/pets", \{ size: \[48, 64\] \}\);/);
      assert.doesNotMatch(source, /digits|emoji|hyperparameters\.examples/);
    });

  it("names what it cannot read, and what to do", async () => {
    await refused("none.csv", /There is no .*none\.csv/, /./);
    put("sheet.xlsx", "PK");
    await refused("sheet.xlsx", /no data that can be read/, /as CSV/);
    put("model.pkl", "x");
    await refused("model.pkl", /no data/, /never opened/);
    put("flat/a.png", "x");
    await refused("flat", /no folder for each class/, /folder named like the class/);
    await refused("flat/a.png", /one picture/, /a folder of pictures for each class/);
    put("alone/x.npy", "x");
    await refused("alone/x.npy", /not beside it/, /savez/);
    put("names.npz", writeNpz({ a: { kind: "numeric", data: new Float32Array(4), shape: [4] } }));
    await refused("names.npz", /no arrays that are called inputs.*a \[4\]/, /savez/);
    put("run.shap.npz", "x");
    await refused("run.shap.npz", /is an explanation/, /plots/);
    put(
      "texts.csv",
      table("a,b", 200, (row) => `text ${row},note ${row}`),
    );
    await refused("texts.csv", /no column that could be predicted/, /"a" \(text, 200 different\)/);
    put("empty/readme.md", "x");
    await refused("empty", /nothing that can be read/, /CSV, npz or IDX/);
  });
});
