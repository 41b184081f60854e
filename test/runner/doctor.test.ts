import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processStartTime } from "../../src/processes";
import { parseDoctorReport } from "../../src/protocol/doctorReport";
import { BACKEND_NAMES } from "../../src/runner/backends";
import { Workspace, start, trainlens } from "./cli";

describe("trainlens doctor", () => {
  let workspace: Workspace;
  beforeEach(() => (workspace = new Workspace()));
  afterEach(() => workspace.dispose());

  /** A package in the workspace in place of the native binding. */
  const installPackage = (name: string, source: string): void => {
    const folder = workspace.path("node_modules", ...name.split("/"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, JSON.stringify({ name, main: "index.js" }));
    writeFileSync(`${folder}/index.js`, source);
  };

  it("measures what works here, and says of the rest what is missing", async () => {
    const ended = await trainlens(["doctor", "--json", "--vscode-version", "1.100.0"], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const report = parseDoctorReport(ended.stdout);
    assert.ok(report, ended.stdout);
    assert.deepEqual(
      report.backends.map(({ name }) => name),
      BACKEND_NAMES,
    );
    assert.ok(report.choice.state === "usable");
    const { choice } = report;
    assert.equal(report.backends.find(({ name }) => name === choice.name)?.state, "usable");
    assert.deepEqual(
      choice.passedOver.map(({ name }) => name),
      BACKEND_NAMES.slice(0, BACKEND_NAMES.indexOf(choice.name as (typeof BACKEND_NAMES)[number])),
    );
    for (const name of ["wasm", "cpu"]) {
      const backend = report.backends.find((each) => each.name === name);
      assert.ok(backend?.state === "usable", name);
      assert.ok(backend.speed && backend.speed.matMul.gflops > 0 && backend.speed.conv2d.gflops > 0);
    }
    assert.equal(report.vscode, "1.100.0");
    assert.equal(report.node.version, process.versions.node);
    assert.ok(report.disks.every(({ free }) => free !== undefined && free > 0));
    assert.match(ended.stderr, /^\[1\/\d\] auto\n\[2\/\d\] cuda\n/);
  });

  it("survives a native library that ends its process, and says that auto does not", async () => {
    installPackage("@tensorflow/tfjs-node", `console.error("terminate called"); process.abort();`);
    const ended = await trainlens(["doctor", "--json", "--quick"], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const report = parseDoctorReport(ended.stdout);
    assert.ok(report, ended.stdout);
    const native = report.backends.find(({ name }) => name === "native");
    assert.ok(native?.state === "crashed", JSON.stringify(native));
    if (process.platform !== "win32") assert.match(native.reason, /SIGABRT/);
    assert.match(native.output ?? "", /terminate called/);
    assert.equal(report.choice.state, "crashed");
    const wasm = report.backends.find(({ name }) => name === "wasm");
    assert.ok(wasm?.state === "usable");
    assert.equal(wasm.speed, undefined, "--quick measures nothing");
  });

  it("prints a table for people", async () => {
    installPackage("@tensorflow/tfjs-node", `throw new Error("libtensorflow.so.2: cannot open");`);
    const { stdout, code } = await trainlens(["doctor", "--quick"], workspace.folder);
    assert.equal(code, 0);
    assert.match(stdout, /^TrainLens \S+: "auto" takes /);
    assert.match(stdout, /^ {2}native +not usable$/m);
    assert.match(stdout, /^native: .*libtensorflow\.so\.2: cannot open\.$/m);
  });

  it("ends its probe when it is told to end", async function () {
    if (process.platform === "win32") this.skip();
    installPackage(
      "@tensorflow/tfjs-node",
      `require("node:fs").writeFileSync("probe.pid", String(process.pid)); for (;;);`,
    );
    const child = start(["doctor", "--quick"], workspace.folder);
    const pid = await workspace.untilWritten("probe.pid");
    child.process.kill("SIGTERM");
    assert.equal((await child.ended).signal, "SIGTERM");
    while ((await processStartTime(Number(pid))) !== undefined) await sleep(10);
  });
});
