/** Dawn for Node (npm `webgpu`): loading it, and which adapter it offers. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { findPackage } from "../findPackage";
import { BackendUnavailable } from "../rung";
import type { BackendOptions } from "../rung";

const PACKAGE = "webgpu";
const INSTALL = 'Run "trainlens install-backend webgpu", or "TrainLens: Install Native Backend…" in VS Code.';

/** What the package exports. */
interface DawnModule {
  create: (options: string[]) => GPU;
  /** GPUBuffer, GPUBufferUsage and so on, as a browser has them on its global object. */
  globals: Record<string, unknown>;
}

/** What Dawn says about an adapter: names in lower case with dashes, "" for what it does not know. */
export interface AdapterFacts {
  vendor: string;
  architecture: string;
  device: string;
  /** The driver. */
  description: string;
  isFallbackAdapter?: boolean;
}

/** An adapter of today's WebGPU; the declarations that tfjs brings are older. */
export type Adapter = GPUAdapter & { readonly info: AdapterFacts };

export interface Dawn extends DawnModule {
  version: string;
}

/**
 * Imports the package from where the user installed it.
 *
 * @throws BackendUnavailable where it is not installed or its native binding does not load.
 */
export async function loadDawn(options: BackendOptions): Promise<Dawn> {
  const found = findPackage(PACKAGE, options);
  if (!found) {
    throw new BackendUnavailable(`the package ${PACKAGE} is not installed`, INSTALL);
  }
  try {
    const { create, globals } = (await import(pathToFileURL(found.entry).href)) as DawnModule;
    const manifest = await readFile(path.join(path.dirname(found.entry), "package.json"), "utf8");
    const { version } = JSON.parse(manifest) as { version: string };
    // tfjs's backend looks for them there.
    Object.assign(globalThis, globals);
    return { create, globals, version };
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendUnavailable(`${PACKAGE} is installed but its native binding failed: ${message}`, INSTALL, {
      cause: error,
    });
  }
}

/** How a missing driver is installed. */
const DRIVER: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    'Install or update the Vulkan driver of your GPU: for AMD and Intel on Debian and Ubuntu "sudo apt-get install mesa-vulkan-drivers", for NVIDIA its own driver.',
  win32: "Install or update the driver of your GPU.",
};

/**
 * Each copy of Dawn's GPU, kept as long as the process: what Dawn has yet to tell (a lost device, an answered read) it
 * tells in a later turn, and where the GPU was collected before that turn, webgpu 0.6.2 calls into freed memory.
 */
const gpus = new Map<DawnModule["create"], GPU>();

/**
 * The adapter that Dawn holds to be the fastest. A process does not end by itself before its devices are destroyed.
 *
 * @throws BackendUnavailable where there is none.
 */
export async function findAdapter(dawn: DawnModule): Promise<{ gpu: GPU; adapter: Adapter }> {
  let gpu = gpus.get(dawn.create);
  if (!gpu) gpus.set(dawn.create, (gpu = dawn.create([])));
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter) return { gpu, adapter: adapter as Adapter };
  throw new BackendUnavailable(
    "WebGPU found no GPU with a driver that it can use",
    DRIVER[process.platform] ?? "Use a machine with a GPU that WebGPU supports.",
  );
}

/** Names of renderers that compute on the processor: Mesa's, Google's and Microsoft's. */
const SOFTWARE = /llvmpipe|lavapipe|softpipe|swiftshader|basic render|\bwarp\b/i;

/** Whether the adapter is no GPU but a program on the processor. */
export function isSoftware(info: AdapterFacts): boolean {
  const names = [info.vendor, info.architecture, info.device, info.description].join(" ").replaceAll("-", " ");
  return info.isFallbackAdapter === true || SOFTWARE.test(names);
}

/** For people: "nvidia geforce rtx 4090". */
export function deviceName({ vendor, architecture, device, description }: AdapterFacts): string {
  const name = device || [vendor, architecture].filter(Boolean).join(" ") || description || "unknown adapter";
  return name.replace(/-+/g, " ").trim();
}

/** The limits that tfjs's programs depend on, as high as the adapter allows. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const;

/** @throws BackendUnavailable where the driver refuses. */
export async function openDevice(adapter: Adapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  try {
    return await adapter.requestDevice({ requiredLimits });
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendUnavailable(
      `the driver of ${deviceName(adapter.info)} gives no device: ${message}`,
      "Update the driver of the GPU, and end other programs that use much of its memory.",
      { cause: error },
    );
  }
}
