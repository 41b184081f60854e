import assert from "node:assert/strict";
import { childEnvironment, runnerCommand } from "../../src/host/runnerCommand";
import { exportOffset, looksLikeRecipe } from "../../src/host/recipeText";
import { failureText } from "../../src/runs/failureText";

describe("a recipe's text", () => {
  const tfjs = 'import * as tf from "@tensorflow/tfjs";\n';
  const recipes = {
    "a function": `${tfjs}export function createModel() {}`,
    "an async function": `${tfjs}export async function createModel() {}`,
    "a constant": `${tfjs}export const createModel = () => tf.sequential();`,
    "an export list": `${tfjs}const createModel = () => 1;\nexport { data, createModel };`,
    "trees in place of tfjs": 'import { decisionTree } from "trainlens/models";\nexport function createModel() {}',
    CommonJS: `const tf = require("@tensorflow/tfjs-node");\nexports.createModel = () => 1;`,
    "CommonJS at once": `const tf = require('@tensorflow/tfjs');\nmodule.exports = { data, createModel };`,
  };
  for (const [form, text] of Object.entries(recipes)) it(`is known by ${form}`, () => assert.ok(looksLikeRecipe(text)));

  const others = {
    "no tfjs": "export function createModel() {}",
    "no export": `${tfjs}function createModel() {}`,
    "another name": `${tfjs}export function createModelZoo() {}`,
    "a comment": `${tfjs}// export function createModel() {}`,
    "another package": 'import x from "@tensorflow/tfjsx";\nexport function createModel() {}',
  };
  for (const [form, text] of Object.entries(others))
    it(`is not seen in ${form}`, () => assert.ok(!looksLikeRecipe(text)));

  it("says where createModel begins", () =>
    assert.equal(exportOffset(`${tfjs}export function createModel() {}`, "createModel"), tfjs.length));
});

describe("what a failed command says", () => {
  it("is its last error and the advice below it", () =>
    assert.deepEqual(failureText("training\nerror: first\nmore\nerror: No such file\n  Create it.\n  Or not.\n"), {
      message: "No such file",
      advice: "Create it. Or not.",
    }));

  it("is without advice where there is none", () =>
    assert.deepEqual(failureText("\u001b[31merror: Out of memory\u001b[0m\n"), { message: "Out of memory" }));

  it("is its last lines where no error is named", () =>
    assert.deepEqual(failureText("a\n\nb\nSegmentation fault\n"), { message: "a · b · Segmentation fault" }));

  it("is nothing where there is no output", () => assert.equal(failureText(" \n"), undefined));
});

describe("the runner's command", () => {
  it("keeps the user's environment and drops VS Code's own", () =>
    assert.deepEqual(
      childEnvironment({
        PATH: "/bin",
        CUDA_VISIBLE_DEVICES: "0",
        NODE_OPTIONS: "--require hook.js",
        VSCODE_IPC_HOOK: "x",
        ELECTRON_NO_ASAR: "1",
      }),
      { PATH: "/bin", CUDA_VISIBLE_DEVICES: "0", ELECTRON_RUN_AS_NODE: "1" },
    ));

  it("runs on the Node of the settings, else on the editor's own", () => {
    assert.equal(runnerCommand("/ext", "/opt/node", ["runs"]).executable, "/opt/node");
    const own = runnerCommand("/ext", "", ["runs"]);
    assert.equal(own.executable, process.execPath);
    assert.deepEqual(own.args, ["/ext/dist/trainlens.js", "runs"]);
  });
});
