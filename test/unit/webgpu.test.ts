/** The WebGPU rung up to where a GPU is needed: a stand-in for the package `webgpu` says what it finds. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openBackend } from "../../src/runner/backends";
import { BackendUnavailable, type Rung } from "../../src/runner/backends/rung";
import { webgpu } from "../../src/runner/backends/webgpu";
import { deviceName, isSoftware } from "../../src/runner/backends/webgpu/dawn";
import { UserError } from "../../src/runner/errors";

const NVIDIA = { vendor: "nvidia", architecture: "ada", device: "nvidia-geforce-rtx-4090", description: "550.54.14" };
const LAVAPIPE = {
  vendor: "mesa",
  architecture: "",
  device: "llvmpipe-llvm-15-0-6-256-bits-",
  description: "llvmpipe",
};
const SWIFTSHADER = {
  vendor: "google",
  architecture: "swiftshader",
  device: "swiftshader-device-subzero-",
  description: "SwiftShader driver 5.0.0",
};

describe("WebGPU adapters", () => {
  it("are told from programs on the processor", () => {
    const software = [
      LAVAPIPE,
      SWIFTSHADER,
      { vendor: "microsoft", architecture: "warp", device: "", description: "" },
      { vendor: "microsoft", architecture: "", device: "microsoft-basic-render-driver", description: "10.0.22621" },
      { ...NVIDIA, isFallbackAdapter: true },
    ];
    const hardware = [
      NVIDIA,
      { vendor: "amd", architecture: "rdna-3", device: "amd-radeon-rx-7900-xtx", description: "radv, Mesa 24.0" },
      { vendor: "intel", architecture: "xe-2", device: "intel-r-arc-tm-graphics", description: "" },
      { vendor: "apple", architecture: "metal-3", device: "apple-m3", description: "", isFallbackAdapter: false },
      // The second word of a name is no `warp`.
      { vendor: "nvidia", architecture: "", device: "warpdrive-1", description: "" },
    ];
    assert.deepEqual(
      software.map(isSoftware),
      software.map(() => true),
    );
    assert.deepEqual(
      hardware.map(isSoftware),
      hardware.map(() => false),
    );
  });

  it("have a name for people, whatever Dawn knows of them", () => {
    assert.equal(deviceName(NVIDIA), "nvidia geforce rtx 4090");
    assert.equal(deviceName(SWIFTSHADER), "swiftshader device subzero");
    assert.equal(deviceName({ ...NVIDIA, device: "" }), "nvidia ada");
    assert.equal(deviceName({ vendor: "", architecture: "", device: "", description: "a driver" }), "a driver");
    assert.equal(deviceName({ vendor: "", architecture: "", device: "", description: "" }), "unknown adapter");
  });
});

describe("the ladder's WebGPU rung", () => {
  let workspace: string;
  beforeEach(async () => (workspace = await mkdtemp(path.join(tmpdir(), "trainlens-webgpu-"))));
  afterEach(() => rm(workspace, { recursive: true }));

  /** A package `webgpu` of the workspace. */
  async function install(source: string): Promise<void> {
    const folder = path.join(workspace, "node_modules", "webgpu");
    await mkdir(folder, { recursive: true });
    const manifest = { name: "webgpu", version: "0.6.9", type: "module", main: "index.js" };
    await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest));
    await writeFile(path.join(folder, "index.js"), source);
  }

  const offering = (adapter: string): string =>
    `export const globals = {}; export const create = () => ({ requestAdapter: async () => (${adapter}) });`;

  async function unavailable(forced: boolean): Promise<BackendUnavailable> {
    try {
      await webgpu.open({ workspace, forced });
    } catch (error) {
      if (error instanceof BackendUnavailable) return error;
      throw error;
    }
    throw new Error("it was opened");
  }

  it("passes a software adapter over where nobody asked for it, with its name", async () => {
    await install(offering(JSON.stringify({ info: LAVAPIPE })));
    const { message, advice } = await unavailable(false);
    assert.equal(message, "only a software adapter, llvmpipe llvm 15 0 6 256 bits, was found");
    assert.match(advice, /--backend webgpu/);
  });

  it("says in the run's facts why it was passed over", async () => {
    await install(offering(JSON.stringify({ info: SWIFTSHADER })));
    const lacks: Rung = { open: () => Promise.reject(new BackendUnavailable("no card", "Buy one.")) };
    const opens: Rung = { open: () => Promise.resolve({ device: "a device", version: "1.0" }) };
    const rungs = { cuda: lacks, webgpu, native: opens, wasm: opens, cpu: opens };
    const { facts } = await openBackend("auto", { workspace }, rungs);
    assert.equal(facts.name, "native");
    assert.deepEqual(
      facts.passedOver.map(({ name, reason }) => [name, reason]),
      [
        ["cuda", "no card"],
        ["webgpu", "only a software adapter, swiftshader device subzero, was found"],
      ],
    );
  });

  it("says what to install where there is no adapter", async () => {
    await install(offering("null"));
    await assert.rejects(openBackend("webgpu", { workspace }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^The backend "webgpu" cannot be used: WebGPU found no GPU/);
      assert.ok(error.advice);
      if (process.platform === "linux") assert.match(error.advice, /apt-get install mesa-vulkan-drivers/);
      return true;
    });
  });

  it("tells the message of a binding that does not load", async () => {
    await install(`throw new Error("version GLIBC_2.38 not found\\nmore");`);
    const { message, advice } = await unavailable(true);
    assert.equal(message, "webgpu is installed but its native binding failed: version GLIBC_2.38 not found");
    assert.match(advice, /install-backend webgpu/);
  });

  it("tells why a driver gives no device", async () => {
    const device = `requestDevice: async () => { throw new Error("out of memory\\nmore"); }`;
    await install(offering(`{ info: ${JSON.stringify(NVIDIA)}, limits: {}, ${device} }`));
    const { message } = await unavailable(false);
    assert.equal(message, "the driver of nvidia geforce rtx 4090 gives no device: out of memory");
  });
});
