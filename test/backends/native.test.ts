/** The native backend for real: tfjs-node's binding on the libtensorflow of a Python environment. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { readExplanation } from "../../src/npz";
import { nativeBackend } from "../hosts/nativeBackend.mjs";
import { CLI, Workspace, digitsRecipe, only, start, trainlens } from "../runner/cli";
import { assertClose, recipeFile, trainOn } from "./recipes";

describe("the native backend on Python's TensorFlow", () => {
  let workspace: Workspace;
  let args: string[];
  const before_ = process.env["TRAINLENS_RUNTIME"];

  before(async function () {
    this.timeout(15 * 60_000);
    const native = await nativeBackend(CLI);
    process.env["TRAINLENS_RUNTIME"] = native.runtime;
    args = native.args;
    workspace = new Workspace();
  });
  after(() => {
    if (before_ === undefined) delete process.env["TRAINLENS_RUNTIME"];
    else process.env["TRAINLENS_RUNTIME"] = before_;
    workspace.dispose();
  });

  // The others are like templates, which train on all backends.
  for (const recipe of ["mlp", "mobileNet"] as const) {
    it(`trains ${recipe} as wasm does, with no tensor left behind`, async () => {
      const settings = { examples: 512, epochs: 2, batchSize: 64 };
      const train = (backend: string, extra: string[]) => {
        const place = { workspace, file: recipeFile(recipe), run: `${recipe}-${backend}` };
        return trainOn(backend, place, settings, ["--seed", "3", ...extra]);
      };
      const [native, wasm] = [await train("native", args), await train("wasm", [])];
      const chosen = only(workspace.events(`${recipe}-native`), "backend");
      assert.match(chosen.device, /threads, TensorFlow of .*python/);
      assert.match(chosen.version, /^4\.22\.\d+ on libtensorflow 2\.\d+/);
      assertClose(native[0]["loss"], wasm[0]["loss"], "after the first epoch");
    });
  }

  it("stops and resumes to the weights of a run that never stopped, and keeps to its libtensorflow", async () => {
    workspace.write("train.ts", digitsRecipe({ epochs: 4 }));
    const command = ["train", "train.ts", "--backend", "native", ...args];
    const whole = await trainlens([...command, "--run", "whole"], workspace.folder);
    assert.equal(whole.code, 0, whole.stderr);
    const child = start([...command, "--run", "halves"], workspace.folder);
    await workspace.until(child, "halves", "epoch");
    writeFileSync(workspace.path("halves", "stop"), "");
    assert.equal((await child.ended).code, 130);
    const resumed = await trainlens(["train", "--resume", "--run", "halves"], workspace.folder);
    assert.equal(resumed.code, 0, resumed.stderr);
    const [expected, actual] = [workspace.weights("whole"), workspace.weights("halves")];
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
    assert.ok(worst <= 1e-6, `weights differ by ${worst}`);
  });

  it("explains as wasm does", async () => {
    for (const backend of ["native", "wasm"]) {
      const extra = backend === "native" ? args : [];
      const command = ["explain", "mlp-native", "--backend", backend, ...extra, "--background", "20"];
      const ended = await trainlens([...command, "--output", `${backend}.shap.npz`], workspace.folder);
      assert.equal(ended.code, 0, ended.stderr);
    }
    const [native, wasm] = ["native", "wasm"].map((backend) =>
      readExplanation(readFileSync(workspace.path(`${backend}.shap.npz`))),
    );
    const [ours, theirs] = [native, wasm].map(({ values }) => Float64Array.from(values));
    assert.equal(native.meta.backend, "native");
    const scale = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i])), 0);
    // TensorFlow differs from itself by 2.4e-4 of the greatest, with oneDNN and without.
    assert.ok(worst <= 1e-3 * scale, `values differ by ${worst} of ${scale}`);
  });

  it("is no cuda: what is missing is said before TensorFlow is loaded", async () => {
    const command = (run: string): string[] => ["train", "train.ts", "--run", run, "--backend", "cuda", ...args];
    const loaderPath = process.env["LD_LIBRARY_PATH"];
    try {
      process.env["LD_LIBRARY_PATH"] = workspace.path("no-driver");
      const bare = await trainlens(command("bare"), workspace.folder);
      assert.equal(bare.code, 1);
      assert.match(bare.stderr, /The backend "cuda" cannot be used: there is no driver of NVIDIA's/);

      // Some library by the driver's name: all that is asked of it first is that it can be opened.
      mkdirSync(workspace.path("stubs"));
      const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
      const library = sharedObjects.find((file) => path.basename(file).startsWith("libm."));
      assert.ok(library);
      copyFileSync(library, workspace.path("stubs", "libcuda.so.1"));
      process.env["LD_LIBRARY_PATH"] = workspace.path("stubs");
      const withDriver = await trainlens(command("driver"), workspace.folder);
      assert.equal(withDriver.code, 1);
      assert.match(
        withDriver.stderr,
        /"cuda" cannot be used: TensorFlow 2\.\d+\.\d+ of .*python is built without CUDA\./,
      );
      assert.match(withDriver.stderr, /Run ".*python -m pip install 'tensorflow\[and-cuda\]'"\./);
    } finally {
      if (loaderPath === undefined) delete process.env["LD_LIBRARY_PATH"];
      else process.env["LD_LIBRARY_PATH"] = loaderPath;
    }
  });

  it("names the interpreter that has no TensorFlow, and the one that does not run", async () => {
    const none = workspace.write("no-python", "#!/bin/sh\nexit 1\n");
    const command = ["train", "train.ts", "--run", "x", "--backend", "native", "--libtensorflow", "python"];
    const ended = await trainlens([...command, "--python", none], workspace.folder);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /the Python .*no-python does not run/);
  });

  describe("its installation", () => {
    const install = ["install-backend", "native", "--libtensorflow", "python"];
    let runtime: string;
    let PATH: string | undefined;
    beforeEach(() => {
      runtime = workspace.path("runtime");
      mkdirSync(runtime, { recursive: true });
      PATH = process.env["PATH"];
      process.env["TRAINLENS_RUNTIME"] = runtime;
    });
    afterEach(async () => {
      process.env["PATH"] = PATH;
      process.env["TRAINLENS_RUNTIME"] = (await nativeBackend(CLI)).runtime;
    });

    it("without npm says so, and leaves nothing", async () => {
      process.env["PATH"] = workspace.path("empty");
      const ended = await trainlens([...install, ...args.slice(2)], workspace.folder);
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, /no npm on PATH/);
      assert.deepEqual(readdirSync(runtime), []);
    });

    it("keeps what was installed where npm fails, and tells npm's words", async () => {
      mkdirSync(path.join(runtime, "tfjs-node-python"), { recursive: true });
      writeFileSync(path.join(runtime, "tfjs-node-python", "old"), "");
      mkdirSync(workspace.path("bin"), { recursive: true });
      writeFileSync(workspace.path("bin", "npm"), "#!/bin/sh\necho npm error code ENOTFOUND >&2\nexit 1\n", {
        mode: 0o755,
      });
      process.env["PATH"] = `${workspace.path("bin")}${path.delimiter}${PATH ?? ""}`;
      const ended = await trainlens([...install, ...args.slice(2), "--json"], workspace.folder);
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, /npm install failed with code 1:\s+npm error code ENOTFOUND/);
      assert.match(ended.stderr, /Check the network/);
      assert.match(ended.stdout, /"type":"progress"[^]*"outcome":"failed"/);
      assert.deepEqual(readdirSync(runtime), ["tfjs-node-python"]);
      assert.ok(existsSync(path.join(runtime, "tfjs-node-python", "old")));
    });
  });
});
