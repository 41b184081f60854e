/** The tabular recipes, from an empty folder to an explanation with readable names. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Explanation, type OutputSlice, outputValue, sliceOutput } from "../../src/protocol/explanation";
import { readExplanation } from "../../src/npz";
import { scaffold, writeScaffold, writeTypeSupport } from "../../src/scaffold";
import { Workspace, only, trainlens } from "./cli";

const succeed = async (args: readonly string[], folder: string): Promise<void> => {
  const { code, stderr } = await trainlens(args, folder);
  assert.equal(code, 0, stderr);
};

describe("tabular recipes", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  for (const language of ["typescript", "javascript"] as const)
    for (const [kind, metric, least] of [
      ["classifier", "accuracy", 0.92],
      ["regressor", "r2", 0.45],
    ] as const)
      it(`${kind} in ${language}: reaches ${metric} ${least} on the test split`, async () => {
        const file = `${kind}-${language}/train.${language === "typescript" ? "ts" : "js"}`;
        const folder = workspace.path(path.dirname(file));
        await writeScaffold(folder, await scaffold(`tabular-${kind}`, language));
        await writeTypeSupport(folder);
        await succeed(["train", file, "--run", `run-${path.dirname(file)}`], workspace.folder);
        const { metrics } = only(workspace.events(`run-${path.dirname(file)}`), "evaluation");
        assert.ok(metrics[metric] > least, JSON.stringify(metrics));
      });

  const explain = async (run: string, samples: string): Promise<Explanation> => {
    const output = `${run}.shap.npz`;
    const args = ["explain", run, "--backend", "wasm", "--samples", samples, "--output", output];
    await succeed(args, workspace.folder);
    return readExplanation(readFileSync(workspace.path(output)));
  };

  it("explain a tumour's class by named measurements in the table's own numbers", async () => {
    const { confusion, classNames } = only(workspace.events("run-classifier-typescript"), "evaluation");
    assert.deepEqual(classNames, ["benign", "malignant"]);
    assert.equal(
      confusion?.flat().reduce((sum, n) => sum + n),
      85,
    );
    const explanation = await explain("run-classifier-typescript", "0-84");
    assert.equal(explanation.features, 30);
    assert.equal(explanation.featureNames[0], "mean radius");
    assert.deepEqual(explanation.outputNames, ["benign", "malignant"]);
    const malignant = sliceOutput(explanation, 1);
    assert.ok(column(malignant, "mean radius").every(([radius]) => radius > 5 && radius < 30));
    // The larger a cell, the more it speaks for malignant.
    for (const name of ["worst radius", "worst concave points"]) {
      assert.ok(correlation(column(malignant, name)) > 0.6, `${name}: ${correlation(column(malignant, name))}`);
    }
  });

  it("explain a quantity in its own unit, without a confusion matrix", async () => {
    const evaluation = only(workspace.events("run-regressor-javascript"), "evaluation");
    assert.deepEqual(Object.keys(evaluation.metrics), ["loss", "mae", "r2"]);
    assert.ok(evaluation.metrics["mae"] < 50, JSON.stringify(evaluation.metrics));
    assert.equal(evaluation.confusion, undefined);
    const explanation = await explain("run-regressor-javascript", "0-65");
    assert.deepEqual(explanation.outputNames, ["progression"]);
    assert.deepEqual(explanation.featureNames.slice(0, 4), ["age", "sex: 1", "sex: 2", "body mass index"]);
    assert.equal(explanation.meta.outputKind, "raw");
    const slice = sliceOutput(explanation, 0);
    const outputs = Array.from({ length: 66 }, (_, n) => outputValue(slice, n));
    outputs.forEach((output, n) => assert.ok(Math.abs(output - (explanation.predictions?.[n] ?? NaN)) < 0.01));
    assert.ok(outputs.every((output) => output > 25 && output < 350));
    const bodyMass = column(slice, "body mass index");
    assert.ok(bodyMass.every(([index]) => index > 15 && index < 45));
    assert.ok(correlation(bodyMass) > 0.8, `correlation ${correlation(bodyMass)}`);
  });

  it("type-check in a folder without node_modules", () => {
    const tsc = path.resolve(__dirname, "../../../node_modules/typescript/bin/tsc");
    const extended = "./classifier-typescript/.trainlens/tsconfig.json";
    workspace.write("tsconfig.json", JSON.stringify({ extends: extended, include: ["*-typescript/train.ts"] }));
    execFileSync(process.execPath, [tsc, "-p", workspace.folder], { stdio: "pipe" });
  });

  it("end with the place of what is wrong in a table", async () => {
    const table = workspace.path("classifier-typescript", "data", "breast-cancer.csv");
    const lines = readFileSync(table, "utf8").split("\n");
    lines[7] = lines[7].replace(/^[^,]+/, "wide");
    workspace.write("classifier-typescript/data/breast-cancer.csv", lines.join("\n"));
    const args = ["train", "classifier-typescript/train.ts", "--run", "broken", "--backend", "wasm"];
    const { code, stderr } = await trainlens(args, workspace.folder);
    assert.equal(code, 1);
    assert.match(stderr, /line 8 has "wide" in mean radius, a column of numbers/);
    assert.match(stderr, /onBroken: "skip"/);
    assert.doesNotMatch(stderr, /DataError/);
  });
});

/** [value, SHAP value] of a feature in every sample. */
function column({ featureNames, features, samples, data, values }: OutputSlice, name: string): [number, number][] {
  const feature = featureNames.indexOf(name);
  return Array.from({ length: samples }, (_, n) => {
    const at = n * features + feature;
    return [data?.[at] ?? NaN, values[at]];
  });
}

function correlation(pairs: readonly (readonly number[])[]): number {
  const mean = (k: number): number => pairs.reduce((sum, pair) => sum + pair[k], 0) / pairs.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (term: (pair: readonly number[]) => number): number => pairs.reduce((all, pair) => all + term(pair), 0);
  return sum(([a, b]) => (a - x) * (b - y)) / Math.sqrt(sum(([a]) => (a - x) ** 2) * sum(([, b]) => (b - y) ** 2));
}
