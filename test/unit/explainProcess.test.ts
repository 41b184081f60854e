/** A process that explains, as the host runs it: its words, its end, and how it is ended. Real processes, no VS Code. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { formatEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { ExplainProcess, type ExplainProgress } from "../../src/runs/explainProcess";

const explained = formatEventLine(
  stamp({
    type: "explained",
    name: "deep-0-9-bg100",
    path: "explanations/deep-0-9-bg100.shap.npz",
    method: "deep",
    samples: 10,
    background: 100,
    seconds: 1,
    additivityError: 0,
  }),
);

/** Long enough that no test ends by it. */
const FOR_EVER = 600_000;

describe("a process that explains", () => {
  let folder: string;
  let progress: ExplainProgress[];
  let heard: () => void;
  let current: ExplainProcess;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-explain-"));
    progress = [];
    heard = () => undefined;
  });
  afterEach(async () => {
    current.kill();
    await current.ended;
    await rm(folder, { recursive: true, force: true });
  });

  const start = (script: string): ExplainProcess => {
    const prelude = `const fs = require("node:fs");
      const tell = (event) => console.log(JSON.stringify({ time: 1, ...event }));
      const half = (pid) => fs.writeFileSync("x.shap.npz." + pid + ".tmp", "half");\n`;
    const command = { executable: process.execPath, args: ["-e", prelude + script], env: process.env };
    current = new ExplainProcess(command, folder, folder, (each) => {
      progress.push(each);
      heard();
    });
    return current;
  };
  /** Resolves when the process has said that it works. */
  const working = (): Promise<void> => new Promise((resolve) => (heard = resolve));
  const WORK = `tell({ type: "progress", done: 1, total: 4 }); setInterval(() => {}, 1000);`;

  it("tells its progress and its explanation", async () => {
    const { ended } = start(
      `tell({ type: "progress", done: 1, total: 4, message: "deep" }); process.stdout.write(${JSON.stringify(explained)});`,
    );
    const result = await ended;
    assert.deepEqual(progress, [{ fraction: 0.25, message: "deep" }]);
    assert.equal(result.explained?.name, "deep-0-9-bg100");
  });

  it("tells why it failed, and keeps the end of what it said", async () => {
    const { ended } = start(
      `tell({ type: "ended", outcome: "failed", error: { name: "UserError", message: "No such row." } });
       process.stderr.write("x".repeat(1e6) + "error: last", () => process.exit(1));`,
    );
    const result = await ended;
    assert.equal(result.reported?.message, "No such row.");
    assert.ok(result.errors.length < 1e5 && result.errors.endsWith("error: last"));
  });

  it("that cannot be started says so", async () => {
    const command = { executable: path.join(folder, "no-such-node"), args: [], env: process.env };
    current = new ExplainProcess(command, folder, folder, () => undefined);
    assert.match((await current.ended).spawnError ?? "", /ENOENT/);
  });

  it("that is cancelled may end in its own way", async function () {
    if (process.platform === "win32") this.skip();
    const running = start(`process.on("SIGTERM", () => { fs.writeFileSync("tidy", ""); process.exit(0); }); ${WORK}`);
    await working();
    running.cancel(FOR_EVER);
    await running.ended;
    assert.ok(existsSync(path.join(folder, "tidy")));
  });

  it("that does not listen is ended with its children, and what it had half written goes with it", async function () {
    if (process.platform === "win32") this.skip();
    const running = start(
      `process.on("SIGTERM", () => {});
       require("node:child_process").spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: "inherit" });
       half(process.pid); ${WORK}`,
    );
    await working();
    // Another process's, which may still be at it.
    await writeFile(path.join(folder, "y.shap.npz.1.tmp"), "half");
    running.cancel(50);
    // Its output closes when the child that shares it is gone too.
    await running.ended;
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".tmp")),
      ["y.shap.npz.1.tmp"],
    );
  });

  it("ends with the window, at once", async () => {
    const running = start(`process.on("SIGTERM", () => {}); half(process.pid); ${WORK}`);
    await working();
    running.kill();
    if (process.platform !== "win32")
      assert.deepEqual(readdirSync(folder), [], "nothing waits for a later turn: there may be none");
    await running.ended;
    assert.deepEqual(readdirSync(folder), []);
  });
});
