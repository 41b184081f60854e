import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { killTree, processStartTime } from "../../src/processes";
import { Explainer } from "../../src/runs/explainer";
import type { Run } from "../../src/runs/run";
import { choosing } from "./answers";
import { api, execute, extension, runOf, scaffoldDigits, tabsOf, until, untilEnded, workspaceFolder } from "./host";

/** Explains, does something as soon as the process works, and holds that nothing of the explanation is left. */
async function explainUntilProgress(
  run: Run,
  interrupt: (source: vscode.CancellationTokenSource, explainer: Explainer) => void,
): Promise<void> {
  const log = vscode.window.createOutputChannel("TrainLens test explaining", { log: true });
  const explainer = new Explainer(extension().extensionPath, log);
  const source = new vscode.CancellationTokenSource();
  const filesOf = (): string[] => readdirSync(run.path("explanations")).sort();
  const before = filesOf();
  const { length } = run.state.explanations;
  try {
    // Far more than is done before the interruption arrives.
    const options = { samples: `0-${(run.explainableSamples ?? 1) - 1}`, background: 1000 };
    assert.equal(await explainer.explain(run, options, () => interrupt(source, explainer), source.token), undefined);
    await (await api()).runs.update(run);
    assert.equal(run.state.explanations.length, length);
    assert.deepEqual(filesOf(), before);
  } finally {
    explainer.dispose();
    source.dispose();
    log.dispose();
  }
}

describe("a run", () => {
  let recipe: vscode.Uri;
  /** Trained to its end by the first test; the later ones build on it. */
  let done: Run;

  before(async () => {
    await vscode.workspace
      .getConfiguration("trainlens")
      .update("backend", "wasm", vscode.ConfigurationTarget.Workspace);
    recipe = await scaffoldDigits("runs");
  });

  it("trains, is followed, and ends with a model", async () => {
    done = await runOf(await execute<string>("trainlens.train", recipe, { set: { epochs: 1 }, seed: 7 }));
    assert.ok(done.isActive);
    await untilEnded(done, "done");
    assert.equal(done.manifest.seed, 7);
    assert.equal(done.manifest.hyperparameters["epochs"], 1);
    assert.equal(done.state.epochs.length, 1);
    assert.ok(done.canExplain);
    assert.ok(existsSync(done.path("model", "model.json")));
    assert.ok((await api()).runs.all.includes(done));
  });

  it("opened its Training panel, once", async () => {
    assert.equal(tabsOf("trainlens.training").length, 1);
    await execute("trainlens.openRun", done.id);
    assert.equal(tabsOf("trainlens.training").length, 1);
  });

  it("stops when asked, and resumes from its checkpoint", async () => {
    const run = await runOf(await execute<string>("trainlens.train", recipe, { set: { epochs: 3 } }));
    await until(() => run.state.epochs.length >= 1 || !run.isActive);
    await execute("trainlens.stopRun", run.id);
    await untilEnded(run, "stopped");
    assert.ok(run.canResume);
    assert.ok(!existsSync(run.path("stop")), "the runner took the request away");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    // Two clicks start one process.
    const clicks = [execute("trainlens.resumeRun", run.id), execute("trainlens.resumeRun", run.id)];
    assert.deepEqual(await Promise.all(clicks), [run.id, undefined]);
    assert.ok(run.isActive);
    await until(() => tabsOf("trainlens.training").length === 1);
    await untilEnded(run, "done");
    assert.equal(run.state.resumes, 1);
    assert.doesNotMatch(readFileSync(run.path("output.log"), "utf8"), /still training/);
    assert.equal(run.state.epochs.at(-1)?.epoch, 3);
  });

  it("is repeated with the same seed and hyperparameters, but for those that are to be others", async () => {
    // The recipe's own value: the same numbers must come of it.
    const set = { batchSize: 128 };
    const run = await runOf(await execute<string>("trainlens.rerunRun", done.id, { set }));
    assert.notEqual(run.id, done.id);
    await untilEnded(run, "done");
    assert.equal(run.manifest.seed, done.manifest.seed);
    assert.deepEqual(run.manifest.overrides, { ...done.manifest.overrides, ...set });
    assert.equal(run.state.epochs.at(-1)?.metrics["loss"], done.state.epochs.at(-1)?.metrics["loss"]);
    await execute("trainlens.deleteRun", run.id, { confirmed: true });
  });

  it("is explained, and the explanation opens in its editor", async () => {
    const file = await execute<string>("trainlens.explainRun", done.id, { samples: "0-2", background: 20 });
    assert.ok(file && existsSync(file));
    await until(() => done.state.explanations.length === 1);
    assert.equal(done.state.explanations[0].samples, 3);
    assert.equal(done.state.explanations[0].background, 20);
    assert.equal(tabsOf("trainlens.explanation").length, 1);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await execute("trainlens.openExplanation", vscode.Uri.file(file));
    assert.equal(tabsOf("trainlens.explanation").length, 1);
  });

  it("is explained by the method that was chosen, of those that fit its model", async () => {
    const answers: Record<string, string> = {
      samples: "0-1",
      background: "20",
      method: "integrated-gradients",
      judges: "Explain only",
    };
    let file: string | undefined;
    const asked = await choosing(
      (title) => answers[title.split(": ")[1]],
      async () => (file = await execute<string>("trainlens.explainRun", done.id)),
    );
    assert.deepEqual(
      asked.map(({ title }) => title),
      Object.keys(answers).map((name) => `Explain ${done.manifest.recipe.name}: ${name}`),
    );
    const [, , { labels: methods }] = asked;
    assert.equal(methods[0], "deep");
    assert.ok(!methods.includes("exact") && !methods.includes("tree"), "784 pixels are too many, and it has no trees");
    assert.ok(file && existsSync(file));
    await until(() => done.state.explanations.length === 2);
    assert.equal(done.state.explanations[1].method, "integrated-gradients");
  });

  it("is not explained where the user gives up at a question", async () => {
    const give = (title: string) => (title.endsWith("samples") ? "0" : title.endsWith("background") ? "5" : undefined);
    const asked = await choosing(give, async () => {
      assert.equal(await execute("trainlens.explainRun", done.id), undefined);
    });
    assert.equal(asked.length, 3);
    assert.equal(done.state.explanations.length, 2);
  });

  it("refuses samples that the data does not have", async () => {
    const before = done.state.explanations.length;
    assert.equal(await execute("trainlens.explainRun", done.id, { samples: "0-999999", background: 20 }), undefined);
    assert.equal(done.state.explanations.length, before);
  });

  it("whose explanation the user cancels has none of it", async () => {
    await explainUntilProgress(done, (source) => source.cancel());
  });

  it("whose explanation the closing window ends has none of it", async () => {
    await explainUntilProgress(done, (_source, explainer) => explainer.dispose());
  });

  it("shows its recipe, its output and its files", async () => {
    await execute("trainlens.openRecipe", done.id);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, recipe.fsPath);
    await execute("trainlens.openOutput", done.id);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, done.path("output.log"));
    await execute("trainlens.revealRun", done.id);
    await execute("trainlens.showLog");
  });

  it("that cannot begin says why and leaves nothing behind", async () => {
    const broken = path.join(workspaceFolder(), "broken.ts");
    writeFileSync(broken, 'import "@tensorflow/tfjs";\nexport function createModel( {\n');
    const before = (await api()).runs.all.length;
    assert.equal(await execute("trainlens.train", vscode.Uri.file(broken)), undefined);
    await execute("trainlens.refreshRuns");
    assert.equal((await api()).runs.all.length, before);
  });

  it("on a Node that is not there does not begin either", async () => {
    const settings = vscode.workspace.getConfiguration("trainlens");
    const before = (await api()).runs.all.length;
    await settings.update("nodePath", path.join(workspaceFolder(), "no-node"), vscode.ConfigurationTarget.Workspace);
    try {
      assert.equal(await execute("trainlens.train", recipe), undefined);
    } finally {
      await settings.update("nodePath", undefined, vscode.ConfigurationTarget.Workspace);
    }
    await execute("trainlens.refreshRuns");
    assert.equal((await api()).runs.all.length, before);
  });

  it("whose process is killed has crashed", async () => {
    const run = await runOf(await execute<string>("trainlens.train", recipe, { set: { epochs: 5000 } }));
    await until(() => run.status === "running");
    const { pid } = run;
    assert.ok(pid !== undefined);
    process.kill(pid, "SIGKILL");
    await untilEnded(run, "crashed");
    await execute("trainlens.deleteRun", run.id, { confirmed: true });
  });

  it("that does not listen is ended after the grace period", async () => {
    const deaf = path.join(workspaceFolder(), "deaf.js");
    writeFileSync(
      deaf,
      `import * as tf from "@tensorflow/tfjs";
       export function data() { process.on("SIGTERM", () => {}); for (;;); }
       export function createModel() { return tf.sequential(); }`,
    );
    const settings = vscode.workspace.getConfiguration("trainlens", vscode.Uri.file(deaf));
    await settings.update("stopGracePeriod", 1, vscode.ConfigurationTarget.WorkspaceFolder);
    let run: Run | undefined;
    try {
      run = await runOf(await execute<string>("trainlens.train", vscode.Uri.file(deaf)));
      const started = run;
      await until(() => started.hasStarted);
      const { pid } = run;
      assert.ok(pid !== undefined && (await processStartTime(pid)) !== undefined);
      await execute("trainlens.stopRun", run.id);
      assert.equal(run.status, "stopping");
      await untilEnded(run, "stopped");
      // Dead, though its parent may not have noticed yet.
      assert.equal(await processStartTime(pid), undefined);
      await execute("trainlens.deleteRun", run.id, { confirmed: true });
    } finally {
      // Where the test fails, nothing else would ever end it.
      if (run?.isActive && run.pid !== undefined) await killTree(run.pid);
      await settings.update("stopGracePeriod", undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    }
  });

  it("that is begun in a terminal shows up", async () => {
    const { runs } = await api();
    const folder = path.join(workspaceFolder(), ".trainlens/runs/elsewhere");
    const manifest = { ...(JSON.parse(readFileSync(done.path("run.json"), "utf8")) as object), id: "elsewhere" };
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(folder));
    writeFileSync(path.join(folder, "events.jsonl"), readFileSync(done.path("events.jsonl")));
    writeFileSync(path.join(folder, "run.json"), JSON.stringify(manifest));
    await until(() => runs.get("elsewhere")?.status === "done");
    await execute("trainlens.deleteRun", "elsewhere", { confirmed: true });
  });

  it("that is active is stopped before it is deleted", async () => {
    const run = await runOf(await execute<string>("trainlens.train", recipe, { set: { epochs: 5000 } }));
    await until(() => run.status === "running");
    assert.equal(await execute("trainlens.deleteRun", run.id, { confirmed: true }), true);
    assert.ok(!existsSync(run.folder));
    assert.equal((await api()).runs.get(run.id), undefined);
    assert.ok(!run.isActive);
  });
});
