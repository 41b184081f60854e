import assert from "node:assert/strict";
import path from "node:path";
import * as vscode from "vscode";
import { DoctorPanel } from "../../src/panels/doctorPanel";
import type { DoctorState, HostToDoctor } from "../../src/protocol/doctorMessages";
import type { DoctorReport } from "../../src/protocol/doctorReport";
import { Doctor } from "../../src/runs/doctor";
import { FakePanel, HeardMessages } from "./fakePanel";
import { execute, extension, tabsOf, workspaceFolder } from "./host";

/** What a workspace remembers, for the length of a test. */
class Memory implements vscode.Memento {
  private readonly kept = new Map<string, unknown>();

  keys(): readonly string[] {
    return [...this.kept.keys()];
  }

  get(key: string): undefined;
  get<T>(key: string, fallback?: T): T | undefined {
    return this.kept.has(key) ? (this.kept.get(key) as T) : fallback;
  }

  async update(key: string, value: unknown): Promise<void> {
    this.kept.set(key, value);
  }
}

describe("the doctor", () => {
  let log: vscode.LogOutputChannel;
  let memory: Memory;
  let doctor: Doctor;

  before(() => (log = vscode.window.createOutputChannel("TrainLens test doctor", { log: true })));
  after(() => log.dispose());
  beforeEach(() => {
    memory = new Memory();
    doctor = new Doctor(extension().extensionPath, memory, log);
  });
  afterEach(() => doctor.dispose());

  /** Resolves with the first state that fits. */
  const become = (fits: (state: DoctorState) => boolean): Promise<DoctorState> =>
    new Promise((resolve) => {
      const listening = doctor.onDidChange(() => {
        if (!fits(doctor.state)) return;
        listening.dispose();
        resolve(doctor.state);
      });
    });

  it("opens its panel, once, and gives its report", async () => {
    const [report] = await Promise.all([
      execute<DoctorReport>("trainlens.doctor"),
      execute<DoctorReport>("trainlens.doctor"),
    ]);
    assert.equal(report.vscode, vscode.version);
    assert.ok(report.backends.find(({ name }) => name === "wasm")?.state === "usable");
    assert.equal(report.disks[0].path, workspaceFolder());
    assert.equal(tabsOf("trainlens.doctor").length, 1);
    await vscode.window.tabGroups.close(tabsOf("trainlens.doctor"));
  });

  it("tells its progress, and keeps the report for the next window", async () => {
    const trying = become(({ progress }) => progress?.backend === "auto");
    const visit = doctor.run();
    assert.equal((await trying).progress?.step, 1);
    assert.ok(await visit);
    assert.equal(doctor.state.progress, undefined);
    const next = new Doctor(extension().extensionPath, memory, log);
    assert.deepEqual(next.state, { report: doctor.state.report });
    next.dispose();
  });

  it("that is cancelled leaves the report of before", async () => {
    const trying = become(({ progress }) => progress?.backend === "auto");
    const visit = doctor.run();
    await trying;
    doctor.cancel();
    assert.equal(await visit, undefined);
    assert.deepEqual(doctor.state, {});
  });

  it("says why there is no report", async () => {
    const settings = vscode.workspace.getConfiguration("trainlens");
    await settings.update("nodePath", path.join(workspaceFolder(), "no-node"), vscode.ConfigurationTarget.Workspace);
    try {
      assert.equal(await doctor.run(), undefined);
    } finally {
      await settings.update("nodePath", undefined, vscode.ConfigurationTarget.Workspace);
    }
    assert.match(doctor.state.failure?.message ?? "", /ENOENT/);
    assert.match(doctor.state.failure?.advice ?? "", /trainlens\.nodePath/);
  });

  it("forgets what it kept that is no report", async () => {
    await doctor.run();
    const [key] = memory.keys();
    await memory.update(key, { version: 0 });
    const next = new Doctor(extension().extensionPath, memory, log);
    assert.deepEqual(next.state, {});
    next.dispose();
  });

  it("has a panel that shows its state, copies it as a text, and does nothing else", async () => {
    const page = new FakePanel<HostToDoctor>();
    const messages = new HeardMessages(log);
    const asked: unknown[] = [];
    const install = async (request: unknown): Promise<undefined> => void asked.push(request);
    const panel = new DoctorPanel(doctor, page.panel, extension().extensionUri, { install }, messages);
    try {
      page.say({ type: "ready" });
      assert.deepEqual((await page.next("state")).state, {});
      page.say({ type: "run" });
      while (!(await page.next("state")).state.report);
      page.say({ type: "copy" });
      await page.next("copied");
      assert.match(await vscode.env.clipboard.readText(), /^TrainLens \S+: "auto" takes /);
      const request = { backend: "native", libtensorflow: "python" };
      page.say({ type: "install", request });
      assert.deepEqual(asked, [request]);
      const wrong = [
        undefined,
        {},
        { type: "exec", command: "rm" },
        { type: "install" },
        { type: "install", request: { backend: "left-pad", libtensorflow: "bundled" } },
      ];
      for (const message of wrong) page.say(message);
      assert.equal(messages.errors.length, wrong.length);
      assert.equal(asked.length, 1);
    } finally {
      panel.dispose();
    }
  });
});
