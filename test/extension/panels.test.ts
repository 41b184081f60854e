/** What panels say to their pages, and what they do when something goes wrong on the way. */
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import { writeExplanation } from "../../src/npz";
import { ExplanationDocument, ExplanationPanel } from "../../src/panels/explanationEditor";
import { type PanelActions, TrainingPanel } from "../../src/panels/trainingPanel";
import { type NewRunEvent, type RunEvent, formatEventLine } from "../../src/protocol/events";
import type { HostToExplanation } from "../../src/protocol/explanationMessages";
import type { GpuSample } from "../../src/protocol/nvidiaSmi";
import { stamp } from "../../src/protocol/reducer";
import { RUNS_FOLDER } from "../../src/protocol/runFolder";
import type { HostToTraining } from "../../src/protocol/trainingMessages";
import { ownStartTime } from "../../src/processes";
import type { GpuSource } from "../../src/runs/gpuMonitor";
import { Run } from "../../src/runs/run";
import { FakePanel, HeardMessages } from "./fakePanel";
import { extension, until, workspaceFolder } from "./host";
import { manifestOf } from "./runFolders";

/** A monitor without an nvidia-smi: a test is the card. */
class CountedMonitor implements GpuSource {
  private readonly listening = new Set<(samples: readonly GpuSample[]) => void>();
  private readonly changed = new vscode.EventEmitter<void>();

  get watchers(): number {
    return this.listening.size;
  }

  subscribe(listener: (samples: readonly GpuSample[]) => void): { dispose(): void } {
    this.listening.add(listener);
    this.changed.fire();
    return { dispose: () => void this.listening.delete(listener) };
  }

  tell(samples: readonly GpuSample[]): void {
    for (const listener of this.listening) listener(samples);
  }

  /** Resolves when so many watch. */
  async become(watchers: number): Promise<number> {
    while (this.watchers !== watchers)
      await new Promise<void>((resolve) => {
        const listening = this.changed.event(() => {
          listening.dispose();
          resolve();
        });
      });
    return this.watchers;
  }
}

describe("panels", () => {
  let folder: string;
  let log: vscode.LogOutputChannel;
  let messages: HeardMessages;

  before(() => (log = vscode.window.createOutputChannel("TrainLens test panels", { log: true })));
  after(() => log.dispose());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-panels-"));
    messages = new HeardMessages(log);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describe("of training", () => {
    let page: FakePanel<HostToTraining>;
    let panel: TrainingPanel;
    let run: Run;
    let gpus: CountedMonitor;
    let asked: string[];

    beforeEach(() => {
      asked = [];
      const actions: PanelActions = {
        verb: (verb) => asked.push(verb),
        runAgain: (_run, set) => asked.push(JSON.stringify(set)),
        openExplanation: (_run, file) => asked.push(file),
        doctor: () => asked.push("doctor"),
      };
      page = new FakePanel();
      run = new Run(folder, manifestOf("panels"));
      gpus = new CountedMonitor();
      panel = new TrainingPanel(run, page.panel, actions, extension().extensionUri, gpus, messages, log);
    });
    afterEach(() => panel.dispose());

    const append = (message: string): Promise<void> =>
      appendFile(path.join(folder, "events.jsonl"), formatEventLine(stamp({ type: "log", level: "info", message })));
    const texts = ({ events }: { events: RunEvent[] }): unknown[] =>
      events.map((event) => (event.type === "log" ? event.message : event.type));

    it("sends a snapshot, then what came since", async () => {
      await append("one");
      page.say({ type: "ready" });
      assert.deepEqual(texts(await page.next("snapshot")), ["one"]);
      await append("two");
      panel.changed();
      assert.deepEqual(texts(await page.next("events")), ["two"]);
    });

    it("sends all of it anew where the run was resumed with other hyperparameters", async () => {
      await append("one");
      page.say({ type: "ready" });
      await page.next("snapshot");
      run.manifest = { ...run.manifest, hyperparameters: { epochs: 9 } };
      await append("two");
      panel.changed();
      const again = await page.next("snapshot");
      assert.deepEqual(texts(again), ["one", "two"]);
      assert.deepEqual(again.manifest.hyperparameters, { epochs: 9 });
    });

    it("goes on after a message that could not be sent, and leaves nothing out", async () => {
      page.say({ type: "ready" });
      await page.next("snapshot");
      page.beforeSend = ({ type }) => {
        if (type === "events") throw new Error("the channel is busy");
      };
      await append("one");
      panel.changed();
      assert.match((await page.next("failed")).message, /the channel is busy/);
      page.beforeSend = () => undefined;
      await append("two");
      panel.changed();
      assert.deepEqual(texts(await page.next("snapshot")), ["one", "two"]);
      await append("three");
      panel.changed();
      assert.deepEqual(texts(await page.next("events")), ["three"]);
    });

    it("says that a run cannot be read, and shows it once it can", async () => {
      await mkdir(path.join(folder, "events.jsonl"));
      page.say({ type: "ready" });
      assert.match((await page.next("failed")).message, /EISDIR/);
      await rm(path.join(folder, "events.jsonl"), { recursive: true });
      await append("one");
      panel.changed();
      assert.deepEqual(texts(await page.next("snapshot")), ["one"]);
    });

    /** The run's process is this one, and its backend that. */
    const beginOn = async (name: string): Promise<void> => {
      const events: NewRunEvent[] = [
        { type: "started", pid: process.pid, processStartedAt: ownStartTime(), host: os.hostname() },
        { type: "backend", name, device: "a device", version: "1", reason: "a test", passedOver: [] },
      ];
      await appendFile(
        path.join(folder, "events.jsonl"),
        events.map((event) => formatEventLine(stamp(event))).join(""),
      );
      await run.poll();
      assert.ok(run.isActive);
    };

    it("watches the cards while it is seen and its run works on one", async () => {
      await beginOn("cuda");
      page.say({ type: "ready" });
      await page.next("snapshot");
      const sample = { time: Date.now(), index: 0, name: "a card", utilization: 50 };
      assert.equal(await gpus.become(1), 1);
      gpus.tell([sample]);
      assert.deepEqual((await page.next("gpu")).samples, [sample]);
      page.show(false);
      assert.equal(gpus.watchers, 0);
      page.show(true);
      assert.equal(gpus.watchers, 1);
      // The page is built anew, and has no sample.
      page.say({ type: "ready" });
      await page.next("snapshot");
      assert.equal(await gpus.become(1), 1);
      await appendFile(path.join(folder, "events.jsonl"), formatEventLine(stamp({ type: "ended", outcome: "done" })));
      await run.poll();
      panel.changed();
      assert.equal(gpus.watchers, 0);
    });

    it("watches no card for a run on another backend, and none any more when it is closed", async () => {
      await beginOn("wasm");
      page.say({ type: "ready" });
      await page.next("snapshot");
      panel.changed();
      assert.equal(gpus.watchers, 0);
      await beginOn("cuda");
      panel.changed();
      assert.equal(gpus.watchers, 1);
      panel.dispose();
      assert.equal(gpus.watchers, 0);
    });

    it("does what it knows, and nothing else", () => {
      page.say({ type: "verb", verb: "stop" });
      page.say({ type: "openExplanation", path: "explanations/a.shap.npz" });
      page.say({ type: "doctor" });
      assert.deepEqual(asked, ["stop", "explanations/a.shap.npz", "doctor"]);
      const wrong = [undefined, "ready", { type: "verb", verb: "deleteRun" }, { type: "openExplanation", path: 3 }];
      for (const message of [...wrong, { type: "toString" }]) page.say(message);
      assert.equal(asked.length, 3);
      assert.equal(messages.errors.length, wrong.length + 1);
    });
  });

  describe("of an explanation", () => {
    let page: FakePanel<HostToExplanation>;
    let panel: ExplanationPanel | undefined;

    const bytes = writeExplanation({
      samples: 2,
      featureShape: [3],
      features: 3,
      outputs: 2,
      values: Float32Array.from({ length: 12 }, (_, i) => i),
      baseValues: new Float64Array(4),
      featureNames: ["a", "b", "c"],
      outputNames: ["no", "yes"],
      meta: {},
    });
    const open = (file: string): void => {
      page = new FakePanel();
      const document = new ExplanationDocument(vscode.Uri.file(file));
      panel = new ExplanationPanel(document, page.panel.webview, extension().extensionUri, messages);
    };

    afterEach(() => {
      panel?.dispose();
      panel = undefined;
    });

    it("answers each question, or says why not", async () => {
      const file = path.join(folder, "a.shap.npz");
      await writeFile(file, bytes);
      open(file);
      page.say({ type: "ready" });
      const { header, inRun } = await page.next("snapshot");
      assert.deepEqual([header.samples, header.outputs, inRun], [2, 2, false]);
      page.say({ type: "slice", request: 1, outputIndex: 1 });
      assert.deepEqual(Array.from((await page.next("slice")).slice.values), [1, 3, 5, 7, 9, 11]);
      page.say({ type: "slice", request: 2, outputIndex: 2 });
      const refused = await page.next("refused");
      assert.equal(refused.request, 2);
      assert.match(refused.message, /2 outputs/);
      assert.deepEqual(messages.errors, []);
    });

    it("reads a file again that was torn and is whole now", async () => {
      const file = path.join(folder, "torn.shap.npz");
      await writeFile(file, bytes.subarray(0, bytes.length / 2));
      open(file);
      page.say({ type: "ready" });
      await page.next("failed");
      page.say({ type: "slice", request: 1, outputIndex: 0 });
      assert.equal((await page.next("refused")).request, 1);
      await writeFile(file, bytes);
      page.say({ type: "slice", request: 2, outputIndex: 0 });
      assert.equal((await page.next("slice")).request, 2);
      assert.deepEqual(messages.errors, []);
    });

    it("says that a text is copied when it is on the clipboard", async () => {
      open(path.join(folder, "b.shap.npz"));
      let held: Promise<string> | undefined;
      page.beforeSend = () => {
        held = Promise.resolve(vscode.env.clipboard.readText());
      };
      page.say({ type: "copy", request: 5, text: "<svg/>" });
      assert.equal((await page.next("copied")).request, 5);
      assert.equal(await held, "<svg/>");
    });

    it("gives the viewer of a page", async () => {
      open(path.join(folder, "c.shap.npz"));
      page.say({ type: "standalone", request: 1 });
      const { script, style } = await page.next("standalone");
      assert.ok(script.length > 1000 && style.length > 1000);
    });

    it("opens the run of a file that lies in one", async () => {
      const run = path.join(workspaceFolder(), RUNS_FOLDER, "panels-run");
      try {
        await mkdir(path.join(run, "explanations"), { recursive: true });
        await writeFile(path.join(run, "run.json"), JSON.stringify(manifestOf("panels-run")));
        const file = path.join(run, "explanations", "a.shap.npz");
        await writeFile(file, bytes);
        open(file);
        page.say({ type: "ready" });
        assert.equal((await page.next("snapshot")).inRun, true);
        page.say({ type: "openRun" });
        await until(() => vscode.window.tabGroups.activeTabGroup.activeTab?.label === "Training: panels-run");
        await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
        assert.deepEqual(messages.errors, []);
      } finally {
        await rm(run, { recursive: true, force: true });
      }
    });

    it("refuses what a page may not say", () => {
      open(path.join(folder, "d.shap.npz"));
      const wrong = [
        { type: "slice", request: 1, outputIndex: -1 },
        { type: "slice", outputIndex: 0 },
        { type: "save", format: "exe", suggestedName: "x", content: "" },
        { type: "copy", request: 1, text: 3 },
      ];
      for (const message of wrong) page.say(message);
      assert.equal(messages.errors.length, wrong.length);
      assert.deepEqual(page.sent, []);
    });
  });
});
