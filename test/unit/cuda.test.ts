import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cardInUse, cudaOn } from "../../src/runner/backends/cuda";
import {
  type CudaMachine,
  librariesOf,
  missingForBuild,
  missingOnMachine,
  wheelFolders,
} from "../../src/runner/backends/cudaNeeds";
import { BackendUnavailable } from "../../src/runner/backends/rung";

/** A machine on which the loader opens these and nothing else. */
function machine(libraries: readonly string[], rest: Partial<CudaMachine> = {}): CudaMachine {
  return { platform: "linux", visibleDevices: undefined, opens: (name) => libraries.includes(name), ...rest };
}

const build = { title: "TensorFlow", cuda: "12.5.1", cudnn: "9", folders: [], advice: "pip" };

describe("what CUDA lacks", () => {
  it("is the system, the driver, or a card that may be seen", () => {
    assert.match(missingOnMachine(machine([], { platform: "darwin" }))?.advice ?? "", /install-backend webgpu/);
    assert.match(missingOnMachine(machine([]))?.message ?? "", /no driver of NVIDIA's \(libcuda\.so\.1 is not found\)/);
    assert.match(missingOnMachine(machine([], { platform: "win32" }))?.message ?? "", /nvcuda\.dll/);
    const driver = ["libcuda.so.1"];
    for (const visibleDevices of ["", "-1"]) {
      assert.match(missingOnMachine(machine(driver, { visibleDevices }))?.message ?? "", /hides every card/);
    }
    for (const visibleDevices of [undefined, "0", "1,0", "GPU-1f2e"]) {
      assert.equal(missingOnMachine(machine(driver, { visibleDevices })), undefined);
    }
  });

  it("is each library that TensorFlow would not find, by its name", async () => {
    const all = librariesOf("12.5.1", "9");
    assert.deepEqual(all.slice(0, 4), ["libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11"]);
    assert.ok(all.includes("libcudnn.so.9"));
    assert.ok(librariesOf("11.2", "8.1").includes("libcudart.so.11.0"));
    assert.deepEqual(librariesOf("27.1", undefined), ["libcudart.so.27"], "a CUDA that is not known yet");
    assert.equal(missingForBuild(build, machine(all)), undefined);
    const missing = missingForBuild(build, machine(all.filter((name) => !/cudnn|cufft/.test(name))));
    assert.equal(missing?.message, "libcufft.so.11, libcudnn.so.9 are not found, for TensorFlow with CUDA 12.5.1");
    assert.equal(missing.advice, "pip");

    const site = await mkdtemp(path.join(tmpdir(), "trainlens-cuda-"));
    try {
      const lib = path.join(site, "nvidia", "cudnn", "lib");
      await mkdir(lib, { recursive: true });
      await writeFile(path.join(lib, "libcudnn.so.9"), "");
      const folders = wheelFolders(path.join(site, "tensorflow"));
      const others = machine(all.filter((name) => !name.includes("cudnn")));
      assert.equal(missingForBuild({ ...build, folders }, others), undefined, "the wheel's own");
    } finally {
      await rm(site, { recursive: true });
    }
  });

  it("is CUDA itself, of a build without it", () => {
    const { cuda: _cuda, cudnn: _cudnn, ...without } = build;
    assert.equal(missingForBuild(without, machine([]))?.message, "TensorFlow is built without CUDA");
  });
});

describe("the cuda backend", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "trainlens-cuda-"))));
  afterEach(() => rm(folder, { recursive: true }));
  const options = (): { workspace: string; runtime: string } => ({
    workspace: path.join(folder, "workspace"),
    runtime: path.join(folder, "runtime"),
  });
  const refusal = async (on: CudaMachine, more: object = {}): Promise<BackendUnavailable> => {
    const error: unknown = await cudaOn(on)
      .open({ ...options(), ...more })
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    assert.ok(error instanceof BackendUnavailable);
    return error;
  };
  /** A package that must not be loaded. */
  async function install(root: string, name: string): Promise<void> {
    const place = path.join(root, "node_modules", name);
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, "package.json"), JSON.stringify({ name, main: "index.js" }));
    await writeFile(path.join(place, "index.js"), `throw new TypeError("loaded");`);
  }
  /** An interpreter that tells of such a TensorFlow. */
  async function python(versions: object): Promise<string> {
    const tensorflow = path.join(folder, "site", "tensorflow");
    await mkdir(tensorflow, { recursive: true });
    for (const name of ["framework", "cc"]) await writeFile(path.join(tensorflow, `libtensorflow_${name}.so.2`), "");
    const file = path.join(folder, "python");
    const facts = { executable: file, prefix: folder, version: "3.12.1" };
    const told = JSON.stringify({ ...facts, tensorflow: { version: "2.21.0", folder: tensorflow, ...versions } });
    await writeFile(file, `#!/bin/sh\ncat <<'END'\n${told}\nEND\n`, { mode: 0o755 });
    return file;
  }

  const driver = ["libcuda.so.1"];
  const eleven = [...driver, ...librariesOf("11.2", "8.1")];

  it("asks for the package where its CUDA is here, and for Python's where it is not", async () => {
    assert.match((await refusal(machine(eleven))).advice, /^Run "trainlens install-backend cuda",/);
    const without = await refusal(machine(driver));
    assert.match(without.message, /tfjs-node-gpu is not installed/);
    assert.equal(without.advice, 'Run "trainlens install-backend cuda --libtensorflow python".');
  });

  it("does not load a package whose CUDA is missing", async () => {
    await install(options().workspace, "@tensorflow/tfjs-node-gpu");
    const error = await refusal(machine(driver));
    assert.match(error.message, /^libcudart\.so\.11\.0, .*libcudnn\.so\.8 are not found/);
  });

  it("tells of both, and helps Python's, where neither finds its CUDA", async function () {
    if (process.platform !== "linux") this.skip();
    await install(options().workspace, "@tensorflow/tfjs-node-gpu");
    await install(path.join(options().runtime, "tfjs-node-python"), "@tensorflow/tfjs-node");
    const file = await python({ cuda: "12.5.1", cudnn: "9" });
    const error = await refusal(machine(driver), { python: file });
    assert.match(error.message, /libcudart\.so\.11\.0.*; libcudart\.so\.12.* for TensorFlow 2\.21\.0 of /);
    assert.equal(error.advice, `Run "${file} -m pip install 'tensorflow[and-cuda]'".`);
  });

  it("says of a TensorFlow for the processor that it is one", async function () {
    if (process.platform !== "linux") this.skip();
    await install(path.join(options().runtime, "tfjs-node-python"), "@tensorflow/tfjs-node");
    const file = await python({});
    const error = await refusal(machine(eleven), { python: file, libtensorflow: "python" });
    assert.equal(error.message, `TensorFlow 2.21.0 of ${file} is built without CUDA`);
  });

  it("is named after the card that CUDA counts first", () => {
    const gpus = [0, 1].map((index) => ({ index, name: `card ${index}`, driver: "570" }));
    assert.equal(cardInUse(gpus, undefined)?.name, "card 0");
    assert.equal(cardInUse(gpus, "1,0")?.name, "card 1");
    assert.equal(cardInUse(gpus, "GPU-1f2e"), undefined);
    assert.equal(cardInUse(gpus.slice(0, 1), "GPU-1f2e")?.name, "card 0");
  });
});
