/** The doctor where there is more than the bare machine: the native backend, a software adapter, something to fix. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { type BackendReport, type DoctorReport, parseDoctorReport } from "../../src/protocol/doctorReport";
import { nativeBackend } from "../hosts/nativeBackend.mjs";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { CLI, Workspace, trainlens } from "../runner/cli";

describe("trainlens doctor", () => {
  let workspace: Workspace;
  /** The environment as it was: what a test sets is undone. */
  const environment = { ...process.env };

  beforeEach(() => {
    workspace = new Workspace();
    process.env["TRAINLENS_RUNTIME"] = workspace.path("runtime");
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    workspace.dispose();
  });

  const examine = async (...args: string[]): Promise<DoctorReport> => {
    const ended = await trainlens(["doctor", "--json", ...args], workspace.folder);
    assert.equal(ended.code, 0, ended.stderr);
    const report = parseDoctorReport(ended.stdout);
    assert.ok(report, ended.stdout);
    return report;
  };
  const backend = ({ backends }: DoctorReport, wanted: string): BackendReport => {
    const found = backends.find(({ name }) => name === wanted);
    assert.ok(found, wanted);
    return found;
  };

  describe("with Python's TensorFlow", function () {
    this.timeout(15 * 60_000);
    let native: { python: string; runtime: string };
    before(async () => {
      native = await nativeBackend(CLI);
    });
    beforeEach(() => {
      // As an environment that is active.
      process.env["VIRTUAL_ENV"] = path.dirname(path.dirname(native.python));
    });

    it("finds that the native backend runs on it, without being told", async () => {
      process.env["TRAINLENS_RUNTIME"] = native.runtime;
      const report = await examine();
      const found = backend(report, "native");
      assert.ok(found.state === "usable", JSON.stringify(found));
      assert.match(found.version, /on libtensorflow 2\.\d+/);
      const wasm = backend(report, "wasm");
      assert.ok(wasm.state === "usable");
      assert.ok(found.speed && wasm.speed);
      assert.ok(report.choice.state === "usable");
      assert.equal(report.choice.name, "native");
      assert.equal(report.python[0].path, native.python);
      assert.match(report.python[0].tensorflow ?? "", /^2\.\d+/);
      assert.match(report.python[0].shap ?? "", /^0\.\d+/);
      assert.equal(report.disks.find(({ use }) => use === "runtime")?.path, native.runtime);
    });

    it("says what --fix would do, and of a fix that fails why", async function () {
      if (process.platform !== "linux") this.skip();
      const { stdout } = await trainlens(["doctor", "--quick"], workspace.folder);
      assert.match(stdout, /Or run "trainlens doctor --fix"/);
      npm("echo npm error code ENOTFOUND >&2; exit 1");
      const report = await examine("--quick", "--fix");
      assert.equal(report.repairs?.length, 1);
      assert.equal(report.repairs[0].done, false);
      assert.match(report.repairs[0].text, /ENOTFOUND.*Check the network/s);
      assert.equal(backend(report, "native").state, "unavailable");
    });

    it("fixes what can be fixed: the native backend runs afterwards, and there is nothing left to do", async function () {
      if (process.platform !== "linux") this.skip();
      // npm as it goes where there is a network and a compiler: the package, then its binding.
      const built = path.join(native.runtime, "tfjs-node-python", "node_modules");
      npm(`case "$1" in
        install) cp -r "${built}" .;;
        rebuild) cd node_modules/@tensorflow/tfjs-node && mkdir -p build/Release && cp lib/napi-v8/tfjs_binding.node build/Release;;
      esac`);
      const report = await examine("--quick", "--fix");
      assert.deepEqual(
        report.repairs?.map(({ done }) => done),
        [true],
        JSON.stringify(report.repairs),
      );
      assert.equal(backend(report, "native").state, "usable");
      assert.ok(report.choice.state === "usable");
      assert.equal(report.choice.name, "native");
      const again = await examine("--quick", "--fix");
      assert.match(again.repairs?.[0].text ?? "", /nothing was found/);
    });

    /** Puts an npm of the test's before the user's. */
    const npm = (script: string): void => {
      mkdirSync(workspace.path("bin"), { recursive: true });
      writeFileSync(workspace.path("bin", "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      process.env["PATH"] = `${workspace.path("bin")}${path.delimiter}${environment["PATH"] ?? ""}`;
    };
  });

  it("shows a software adapter as usable by its name only", async function () {
    this.timeout(15 * 60_000);
    Object.assign(process.env, await softwareVulkan());
    const report = await examine();
    const webgpu = backend(report, "webgpu");
    assert.ok(webgpu.state === "byNameOnly", JSON.stringify(webgpu));
    assert.match(webgpu.reason, /software adapter/);
    assert.ok(webgpu.driver !== undefined && webgpu.speed && webgpu.speed.matMul.gflops > 0);
    assert.ok(report.choice.state === "usable");
    assert.notEqual(report.choice.name, "webgpu");
    assert.match(
      report.choice.passedOver.find(({ name }) => name === "webgpu")?.reason ?? "",
      /only a software adapter/,
    );
  });
});
