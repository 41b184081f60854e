import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { BACKEND_NAMES, openBackend } from "../../src/runner/backends";
import type { BackendName } from "../../src/runner/backends";
import { cudaOn } from "../../src/runner/backends/cuda";
import { BackendUnavailable } from "../../src/runner/backends/rung";
import type { Rung } from "../../src/runner/backends/rung";
import { UserError } from "../../src/runner/errors";

const opens: Rung = { open: () => Promise.resolve({ device: "a device", version: "1.0" }) };
const lacks = (message: string): Rung => ({
  open: () => Promise.reject(new BackendUnavailable(message, `Do something about: ${message}`)),
});

const all = { cuda: opens, webgpu: opens, native: opens, wasm: opens, cpu: opens };

describe("openBackend", () => {
  it("takes the best that can be opened and tells why each better one was not", async () => {
    const rungs = { ...all, cuda: lacks("no card"), webgpu: lacks("no adapter"), native: lacks("no package") };
    const { facts: backend } = await openBackend("auto", {}, rungs);
    assert.equal(backend.name, "wasm");
    assert.deepEqual(backend.passedOver, [
      { name: "cuda", reason: "no card", fix: "Do something about: no card" },
      { name: "webgpu", reason: "no adapter", fix: "Do something about: no adapter" },
      { name: "native", reason: "no package", fix: "Do something about: no package" },
    ]);
    assert.match(backend.reason, /needs no installation/);
  });

  it("fails with advice where the one asked for by name cannot be opened", async () => {
    const rungs = { ...all, cuda: lacks("no card") };
    await assert.rejects(openBackend("cuda", {}, rungs), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, 'The backend "cuda" cannot be used: no card.');
      assert.equal(error.advice, "Do something about: no card");
      return true;
    });
  });

  it("does not take a bug for a missing backend", async () => {
    const broken: Rung = { open: () => Promise.reject(new TypeError("a bug")) };
    await assert.rejects(openBackend("auto", {}, { ...all, cuda: broken }), TypeError);
    await assert.rejects(openBackend("cuda", {}, { ...all, cuda: broken }), TypeError);
  });

  for (const [name, device] of [
    ["wasm", /SIMD, \d threads?$/],
    ["cpu", /JavaScript, 1 thread$/],
  ] satisfies [BackendName, RegExp][]) {
    it(`opens ${name} for real`, async () => {
      const { facts: backend } = await openBackend(name);
      assert.equal(backend.name, name);
      assert.equal(tf.getBackend(), name);
      assert.match(backend.device, device);
      assert.match(backend.version, /^4\./);
      assert.deepEqual(Array.from(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync()), [3, 3, 3, 3]);
    });
  }

  it("orders the ladder from the fastest to the one that always works", () => {
    assert.deepEqual(BACKEND_NAMES, ["cuda", "webgpu", "native", "wasm", "cpu"]);
  });
});

describe("a user's tfjs-node", () => {
  let workspace: string;
  const folders: string[] = [];
  before(async () => {
    workspace = await mkdtemp(path.join(tmpdir(), "trainlens-backends-"));
    folders.push(workspace);
  });
  after(async () => {
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    if (tf.findBackend("tensorflow")) tf.removeBackend("tensorflow");
    await tf.setBackend("cpu");
  });

  async function install(name: string, source: string): Promise<void> {
    const folder = path.join(workspace, "node_modules", name);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
    await writeFile(path.join(folder, "index.js"), source);
  }

  it("is asked for where it is missing, with the command that installs it", async () => {
    await assert.rejects(openBackend("native", { workspace }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /@tensorflow\/tfjs-node is not installed/);
      assert.match(error.advice ?? "", /^Run "trainlens install-backend native"/);
      return true;
    });
  });

  it("tells the message of a binding that fails", async () => {
    await install("@tensorflow/tfjs-node-gpu", `throw new Error("libcudart.so.11.0: cannot open\\nRequire stack:");`);
    const machine = { platform: "linux", visibleDevices: undefined, opens: () => true } as const;
    await assert.rejects(openBackend("cuda", { workspace }, { ...all, cuda: cudaOn(machine) }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /native binding failed: libcudart\.so\.11\.0: cannot open\.$/);
      assert.match(error.advice ?? "", /trainlens install-backend cuda/);
      return true;
    });
  });

  it("refuses one of another major version", async () => {
    await install("@tensorflow/tfjs-node", `exports.version = { "tfjs-core": "3.21.0" };`);
    await assert.rejects(openBackend("native", { workspace }), /built on tfjs 3\.21\.0/);
  });

  it("serves the runner's own copy of tfjs, found in the recipe's folder", async () => {
    // A stand-in with its own copy of tfjs-core, as the real package has: its backend is the plain JavaScript one.
    const core = createRequire(__filename).resolve("@tensorflow/tfjs-core");
    const cpuBackend = createRequire(__filename).resolve("@tensorflow/tfjs-backend-cpu");
    const elsewhere = await mkdtemp(path.join(tmpdir(), "trainlens-backends-"));
    folders.push(elsewhere);
    const recipe = path.join(elsewhere, "recipes");
    const folder = path.join(recipe, "node_modules/@tensorflow/tfjs-node");
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "@tensorflow/tfjs-node", main: "i.js" }));
    await writeFile(
      path.join(folder, "i.js"),
      `delete require.cache[${JSON.stringify(core)}];
       const tf = require(${JSON.stringify(core)});
       const { MathBackendCPU } = require(${JSON.stringify(cpuBackend)});
       class NodeBackend extends MathBackendCPU { isUsingGpuDevice = false; firstUse = false; }
       tf.registerBackend("tensorflow", () => new NodeBackend(), 3);
       tf.copyRegisteredKernels("cpu", "tensorflow");
       exports.version = tf.version;
       exports.version_core = tf.version_core;
       exports.core = tf;`,
    );
    const { facts: backend } = await openBackend("native", { workspace: elsewhere, recipe });
    assert.equal(backend.name, "native");
    assert.equal(tf.getBackend(), "tensorflow");
    const grads = tf.grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.tensor1d([1, 2]));
    assert.deepEqual(Array.from(grads.dataSync()), [2, 4]);
    const theirs = (createRequire(__filename)(path.join(folder, "i.js")) as { core: typeof tf }).core;
    assert.notEqual(theirs, tf);
    assert.equal(theirs.engine(), tf.engine());
  });
});
