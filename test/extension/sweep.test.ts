import assert from "node:assert/strict";
import * as vscode from "vscode";
import { askSweep } from "../../src/commands/sweepQuestions";
import { SweepPanel } from "../../src/panels/sweepPanel";
import type { SweepState, HostToSweep } from "../../src/protocol/sweepMessages";
import type { Run } from "../../src/runs/run";
import { Sweeps } from "../../src/runs/sweeps";
import { FakePanel, HeardMessages } from "./fakePanel";
import { api, execute, extension, scaffoldDigits, tabsOf, until } from "./host";

describe("a sweep", () => {
  const log = vscode.window.createOutputChannel("TrainLens test sweeps", { log: true });
  after(() => log.dispose());

  it("trains its trials, is shown, stops where it is told to and goes on", async () => {
    const recipe = await scaffoldDigits("sweeps");
    const set = { hiddenUnits: "8,16", epochs: "1" };
    const folder = await execute<string>("trainlens.sweep", recipe, { set, metric: "val_accuracy", backend: "wasm" });
    assert.ok(folder);
    assert.equal(await execute("trainlens.openSweep", folder), folder);
    await until(() => tabsOf("trainlens.sweep").length > 0);
    assert.equal(tabsOf("trainlens.sweep").length, 1, "its panel is open, once");

    const fake = new FakePanel<HostToSweep>();
    const messages = new HeardMessages(log);
    const { runs } = await api();
    const opened: Run[] = [];
    const { extensionUri, extensionPath } = extension();
    const panel = new SweepPanel(folder, fake.panel, extensionUri, {
      sweeps: new Sweeps(extensionPath, log),
      runs,
      actions: { openRun: (run) => opened.push(run) },
      messages,
    });
    try {
      const state = async (ready: (state: SweepState) => boolean): Promise<SweepState> => {
        for (;;) {
          const next = await fake.next("state");
          if (ready(next.state)) return next.state;
        }
      };
      fake.say({ type: "ready" });
      await state(({ rows }) => rows[0].run !== undefined);
      fake.say({ type: "stop" });
      const stopped = await state(({ status }) => status === "stopped" || status === "done");
      if (stopped.status === "stopped") fake.say({ type: "resume" });
      const { rows, goal, axes } = await state(({ status }) => status === "done");
      assert.equal(goal, "highest");
      assert.deepEqual(axes, [
        { name: "hiddenUnits", log: false },
        { name: "epochs", log: false },
      ]);
      assert.deepEqual(
        rows.map(({ values, status }) => [values.hiddenUnits, status]),
        [
          [8, "done"],
          [16, "done"],
        ],
      );
      assert.ok(rows.every(({ best }) => best && best.value > 0.1));
      fake.say({ type: "openRun", run: rows[1].run });
      assert.equal(opened[0]?.manifest.sweep?.trial, 2);
      assert.deepEqual(messages.errors, []);
    } finally {
      panel.dispose();
    }
  });

  it("is asked for by what to vary, with proposals that can be taken as they are", async () => {
    const { window } = vscode;
    const { showQuickPick, showInputBox } = window;
    const picks = async (items: vscode.QuickPickItem[], options?: vscode.QuickPickOptions): Promise<unknown> =>
      options?.canPickMany === true ? items.filter(({ picked }) => picked) : items[0];
    const input = async (options: vscode.InputBoxOptions = {}): Promise<string | undefined> => {
      assert.equal(await options.validateInput?.(options.value ?? ""), undefined);
      assert.notEqual(await options.validateInput?.("none"), undefined);
      return options.value;
    };
    Object.assign(window, { showQuickPick: picks, showInputBox: input });
    try {
      const asked = await askSweep([
        { name: "learningRate", value: 0.001, proposal: "0.0001..0.01:log:3" },
        { name: "epochs", value: 10 },
      ]);
      assert.deepEqual(asked, { set: { learningRate: "0.0001..0.01:log:3" }, search: "grid", metric: "val_loss" });
    } finally {
      Object.assign(window, { showQuickPick, showInputBox });
    }
  });
});
