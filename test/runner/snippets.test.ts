/** Each snippet with its defaults: type-checked or compiled, and run where it can stand alone. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { readExplanation } from "../../src/npz";
import { decisionTree, mobileNetV2, randomForest } from "../../src/models";
import { isTreeLearner } from "../../src/models/trees/treeLearner";
import { findPython } from "../bench/python.mjs";
import { Workspace, trainlens } from "./cli";

interface Snippet {
  prefix: string;
  description: string;
  body: string[];
}

/** What `tl-recipe` has in its file before. */
const RECIPE_IMPORTS = `import * as tf from "@tensorflow/tfjs"; import type { TrainingData } from "trainlens/data";\n`;

const run = promisify(execFile);
const read = (file: string): Record<string, Snippet> =>
  JSON.parse(readFileSync(file, "utf8")) as Record<string, Snippet>;
const contributed = (
  JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { snippets: { language: string; path: string }[] };
  }
).contributes.snippets;

/** A tab stop: its number, and its default text or choices. */
const STOP = /\$(?:(\d+)|\{(\d+)(?::((?:\\.|[^}\\])*)|\|((?:\\.|[^|\\])*)\|)?\})/g;

/** What the editor inserts where the user only presses Tab. */
function expand({ body }: Snippet): string {
  const text = body.join("\n");
  const defaults = new Map<string, string>();
  for (const [, , number, value, choices] of text.matchAll(STOP)) {
    const shown = value ?? choices?.split(",")[0];
    if (shown !== undefined && !defaults.has(number)) defaults.set(number, shown.replace(/\\(.)/g, "$1"));
  }
  return text.replace(STOP, (_, plain: string | undefined, number: string) => defaults.get(plain ?? number) ?? "");
}

/** The snippet with this prefix, expanded. */
function expanded(snippets: Record<string, Snippet>, prefix: string): string {
  const snippet = Object.values(snippets).find((each) => each.prefix === prefix);
  assert.ok(snippet, prefix);
  return expand(snippet);
}

describe("snippets", () => {
  it("are contributed for the three languages of recipes", () => {
    assert.deepEqual(contributed.map(({ language }) => language).sort(), ["javascript", "python", "typescript"]);
  });

  for (const { language, path: file } of contributed) {
    it(`${language}: have prefixes of their own and tab stops from 1 on, in order`, () => {
      const snippets = Object.entries(read(file));
      assert.equal(new Set(snippets.map(([, { prefix }]) => prefix)).size, snippets.length);
      for (const [name, snippet] of snippets) {
        assert.match(snippet.prefix, /^tl-[a-z-]+$/, name);
        assert.match(snippet.description, /^TrainLens: /, name);
        const stops = [...snippet.body.join("\n").matchAll(STOP)].map(([, plain, number]) => Number(plain ?? number));
        const firsts = [...new Set(stops)];
        assert.deepEqual(
          firsts,
          Array.from({ length: firsts.length }, (_, i) => i + 1),
          name,
        );
        assert.doesNotMatch(expand(snippet), /\$\d|\$\{\d/, name);
      }
    });
  }

  it("typescript: type-check with their defaults", function () {
    this.timeout(120_000);
    // What a snippet that continues others finds in its file.
    const before: Record<string, string> = {
      "tl-compile": `import * as tf from "@tensorflow/tfjs"; declare const model: tf.Sequential;\n`,
      "tl-fit": `import * as tf from "@tensorflow/tfjs"; declare const model: tf.Sequential, x: tf.Tensor, y: tf.Tensor;\n`,
      "tl-dataset": `declare const examples: number[][], labels: number[][];\n`,
      "tl-deep-explainer": RECIPE_IMPORTS,
      "tl-lime": RECIPE_IMPORTS,
      "tl-save-explanation": `import type { NdArray } from "trainlens/data"; import type { Attributions } from "trainlens/shap";
        declare const shapValues: Attributions, samples: NdArray;\n`,
      "tl-force-plot": `declare const file: string;\n`,
    };
    const files = new Map(
      Object.values(read("snippets/typescript.json")).map((snippet) => [
        path.resolve(`${snippet.prefix}.ts`),
        `${before[snippet.prefix] ?? ""}${expand(snippet)}\nexport {};\n`,
      ]),
    );
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: ["node"],
      paths: Object.fromEntries(
        Object.entries({ data: "data", models: "models", shap: "runner/shapModule" }).map(([name, folder]) => [
          `trainlens/${name}`,
          [path.resolve("dist/types/trainlens", folder, "index.d.ts")],
        ]),
      ),
    };
    const host = ts.createCompilerHost(options);
    const withFiles: ts.CompilerHost = {
      ...host,
      readFile: (name) => files.get(name) ?? host.readFile(name),
      fileExists: (name) => files.has(name) || host.fileExists(name),
      getSourceFile: (name, version, ...rest) => {
        const text = files.get(name);
        return text === undefined
          ? host.getSourceFile(name, version, ...rest)
          : ts.createSourceFile(name, text, version);
      },
    };
    const program = ts.createProgram([...files.keys()], options, withFiles);
    const diagnostics = ts.getPreEmitDiagnostics(program);
    assert.equal(ts.formatDiagnostics(diagnostics, host), "");
  });

  describe("javascript", () => {
    const snippets = read("dist/snippets/javascript.json");
    // Another suite of this process may have registered backends that are not open.
    before(() => tf.setBackend("cpu"));

    /** Runs snippets in one scope, and gives what `result` says. */
    const evaluate = (prefixes: string[], result: string, given: Record<string, unknown> = {}): unknown => {
      const code = prefixes
        .map((prefix) => expanded(snippets, prefix).replace(/^import .*$|^export /gm, ""))
        .join("\n");
      return runInNewContext(`(() => {${code}\nreturn ${result};\n})()`, { tf, ...given });
    };

    it("are those of TypeScript without types", () => {
      const typed = read("snippets/typescript.json");
      assert.deepEqual(Object.keys(snippets), Object.keys(typed));
      for (const snippet of Object.values(snippets)) {
        const { diagnostics } = ts.transpileModule(expand(snippet), {
          fileName: "snippet.js",
          reportDiagnostics: true,
          compilerOptions: { allowJs: true, target: ts.ScriptTarget.ES2022 },
        });
        assert.deepEqual(
          diagnostics?.map(({ messageText }) => messageText),
          [],
          snippet.prefix,
        );
        assert.doesNotMatch(expand(snippet), / [;)]/, snippet.prefix);
      }
    });

    for (const [prefix, input] of [
      ["tl-model", [2, 784]],
      ["tl-cnn", [2, 28, 28, 1]],
      ["tl-lstm", [2, 28, 28]],
    ] as const) {
      it(`${prefix} is a model, which tl-compile compiles`, async () => {
        const model = evaluate([prefix, "tl-compile"], "model") as tf.Sequential;
        const x = tf.zeros([...input]);
        const history = await model.fit(x, tf.oneHot([3, 4], 10), { verbose: 0 });
        assert.ok(Number.isFinite(history.history["loss"][0]));
        assert.deepEqual((model.predict(x) as tf.Tensor).shape, [2, 10]);
      });
    }

    it("tl-transfer is a model whose base is frozen", () => {
      const model = evaluate(["tl-transfer"], "createModel()", { mobileNetV2 }) as tf.Sequential;
      assert.deepEqual(model.outputShape, [null, 10]);
      assert.equal(model.trainableWeights.length, 4);
      model.dispose();
    });

    it("tl-tree and tl-forest grow trees", () => {
      for (const prefix of ["tl-tree", "tl-forest"])
        assert.ok(isTreeLearner(evaluate([prefix], "createModel()", { decisionTree, randomForest })), prefix);
    });

    it("tl-augment keeps the shape and the range of pictures", () => {
      const augment = evaluate(["tl-augment"], "augment") as (pictures: tf.Tensor4D) => tf.Tensor4D;
      const augmented = augment(tf.randomUniform([4, 9, 7, 3]));
      assert.deepEqual(augmented.shape, [4, 9, 7, 3]);
      assert.ok(augmented.min().dataSync()[0] >= 0 && augmented.max().dataSync()[0] <= 1);
    });

    it("tl-dataset gives batches of all examples", async () => {
      const examples = Array.from({ length: 200 }, (_, i) => [i, -i]);
      const labels = examples.map(([i]) => [i]);
      const dataset = evaluate(["tl-dataset"], "dataset", { examples, labels }) as tf.data.Dataset<{
        xs: tf.Tensor2D;
        ys: tf.Tensor2D;
      }>;
      const seen: number[] = [];
      await dataset.forEachAsync(({ xs, ys }) => {
        const [x, y] = [xs.arraySync(), ys.arraySync()];
        x.forEach((row, i) => assert.equal(row[0], y[i][0]));
        seen.push(...y.flat());
      });
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        labels.flat(),
      );
    });

    it("tl-gan-step trains both networks", () => {
      const trainStep = evaluate(["tl-gan-step"], "trainStep") as (
        ...parts: [tf.LayersModel, tf.LayersModel, tf.Tensor]
      ) => number[];
      const { layers } = tf;
      const generator = tf.sequential({ layers: [layers.dense({ units: 6, inputShape: [64] })] });
      const discriminator = tf.sequential({ layers: [layers.dense({ units: 1, inputShape: [6] })] });
      const weights = (): Float32Array[] =>
        [generator, discriminator].map((model) => model.getWeights()[0].dataSync() as Float32Array);
      const before = weights().map((each) => each.slice());
      const pictures = tf.randomNormal([8, 6]);
      trainStep(generator, discriminator, pictures);
      const { numTensors } = tf.memory();
      const losses = trainStep(generator, discriminator, pictures);
      assert.equal(tf.memory().numTensors, numTensors, "tensors leak");
      assert.ok(losses.length === 2 && losses.every(Number.isFinite), String(losses));
      weights().forEach((after, i) => assert.notDeepEqual(after, before[i]));
    });
  });

  it("typescript: tl-recipe is a recipe that trains; at its end others explain, save and draw", async () => {
    const workspace = new Workspace();
    try {
      const snippets = read("snippets/typescript.json");
      const within = ["tl-save-explanation", "tl-force-plot"].map((prefix) => expanded(snippets, prefix));
      const deep = expanded(snippets, "tl-deep-explainer")
        .replace(/\}$/, `${within.join("\n")}\nawait explainByLime(model, { train, validation: train, test });\n}`)
        .replace("DeepExplainer, drawRows, saveExplanation, takeRows", "DeepExplainer, drawRows");
      const lime = expanded(snippets, "tl-lime").replace("onTrainEnd", "explainByLime");
      workspace.write("train.ts", [expanded(snippets, "tl-recipe"), lime, deep].join("\n"));
      const settings = ["--set", "epochs=1", "--run", "run", "--backend", "wasm"];
      const ended = await trainlens(["train", "train.ts", ...settings], workspace.folder);
      assert.equal(ended.code, 0, ended.stderr);
      const explanations = ["deep", "explanation", "lime"].map((name) => `explanations/${name}.shap.npz`);
      for (const file of explanations) {
        assert.match(ended.stdout, new RegExp(`Explanation written: ${file}`));
        const explanation = readExplanation(readFileSync(workspace.path(path.join("run", file))));
        assert.deepEqual([explanation.samples, explanation.features, explanation.outputs], [3, 784, 10]);
        assert.ok(explanation.values.some((value) => value !== 0));
      }
      const page = readFileSync(workspace.path("run/explanations/force.html"), "utf8");
      assert.match(page, /explanation\.shap\.npz/);
    } finally {
      workspace.dispose();
    }
  });

  describe("python", function () {
    this.timeout(15 * 60_000);
    const snippets = read("snippets/python.json");
    const workspace = new Workspace();
    let python = "";
    before(async () => ({ python } = await findPython()));
    after(() => workspace.dispose());

    /** Runs a script of snippets and more lines; fails with what it wrote on standard error. */
    const script = async (name: string, ...parts: string[]): Promise<string> => {
      workspace.write(name, parts.join("\n\n"));
      const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", CUDA_VISIBLE_DEVICES: "" };
      const { stdout } = await run(python, [name], { cwd: workspace.folder, env: environment });
      return stdout;
    };

    it("compile with their defaults", async () => {
      const files = Object.values(snippets).map((snippet) => workspace.write(`${snippet.prefix}.py`, expand(snippet)));
      await run(python, ["-m", "py_compile", ...files]);
    });

    it("build models, alone and under a strategy, and a frozen base", async () => {
      const shapes = ["tl-model", "tl-cnn", "tl-lstm", "tl-strategy"].flatMap((prefix) => [
        expanded(snippets, prefix),
        "print(model.output_shape)",
      ]);
      const transfer = expanded(snippets, "tl-transfer").replace('weights="imagenet"', "weights=None");
      const counts = "print(model.output_shape, len(base.trainable_weights), len(model.trainable_weights))";
      const printed = (await script("models.py", ...shapes, transfer, counts)).trim().split("\n");
      assert.deepEqual(printed, [
        ...["(None, 10)", "(None, 10)", "(None, 10)"],
        ...["Replicas: 1", "(None, 10)", "(None, 10) 0 4"],
      ]);
    });

    it("augment in a pipeline, train a GAN's step, and grow a tree", async () => {
      const printed = await script(
        "pieces.py",
        "import numpy as np",
        expanded(snippets, "tl-augment"),
        'x_train, y_train = np.random.rand(300, 9, 9, 3).astype("float32"), np.arange(300)',
        expanded(snippets, "tl-dataset").replace("lambda x, y: (x, y)", "augment"),
        "print(sorted(label for _, labels in dataset for label in labels.numpy()) == list(range(300)))",
        "print({images.shape[1:] for images, _ in dataset})",
        expanded(snippets, "tl-gan-step"),
        "generator = keras.Sequential([keras.Input((64,)), keras.layers.Dense(6)])",
        "discriminator = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])",
        "before = [network.get_weights()[0] for network in (generator, discriminator)]",
        "losses = train_step(generator, discriminator, tf.random.normal([8, 6]))",
        "after = [network.get_weights()[0] for network in (generator, discriminator)]",
        "print(np.isfinite(losses).all(), [bool((a != b).any()) for a, b in zip(before, after)])",
        expanded(snippets, "tl-tree"),
      );
      assert.match(printed, /^True\n\{TensorShape\(\[9, 9, 3\]\)\}\nTrue \[True, True\]\n/);
      assert.match(printed, /petal[^]*accuracy (0\.9|1\.0)/);
    });

    it("train, explain, draw, and save what the panel opens", async () => {
      await script(
        "whole.py",
        "import numpy as np",
        "rng = np.random.default_rng(0)",
        'x_train = rng.random((400, 784), dtype="float32")',
        'y_train = np.eye(10, dtype="float32")[rng.integers(0, 10, 400)]',
        "x_validation, y_validation, x_test = x_train[:50], y_train[:50], x_train[:20]",
        expanded(snippets, "tl-model"),
        expanded(snippets, "tl-compile"),
        expanded(snippets, "tl-fit").replace("epochs=20", "epochs=2"),
        'assert len(history.history["loss"]) == 2',
        expanded(snippets, "tl-deep-explainer"),
        expanded(snippets, "tl-force-plot"),
        expanded(snippets, "tl-save-explanation"),
      );
      const explanation = readExplanation(readFileSync(workspace.path("explanation.shap.npz")));
      assert.deepEqual([explanation.samples, explanation.features, explanation.outputs], [10, 784, 10]);
      assert.equal(explanation.featureNames[783], "feature 783");
      assert.match(readFileSync(workspace.path("force.html"), "utf8"), /AdditiveForce/);
    });
  });
});
