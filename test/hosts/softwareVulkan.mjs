// A Vulkan driver without a GPU, for tests of the WebGPU backend: Mesa's lavapipe, or the SwiftShader of a Chromium.
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { cacheFolder, withLock } from "./cache.mjs";
import { ensureChromium } from "./chromium.mjs";
import { installDebianPackages } from "./debian.mjs";

const DRIVERS = "/usr/share/vulkan/icd.d";
const CHROMIUMS = ["/usr/lib/chromium", "/opt/google/chrome", "/usr/lib/chromium-browser"];

/** Prints the adapter that Dawn finds, as JSON. */
const PROBE = `
  const { create } = await import("webgpu");
  const adapter = await create([]).requestAdapter();
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  console.log(JSON.stringify(adapter ? { vendor, architecture, device, description } : null));`;

/**
 * The environment in which Dawn finds a software adapter. Installs one where there is none: Dawn refuses the lavapipe of
 * Debian 12 (Mesa 22.3), which lacks features that it needs, and takes SwiftShader there.
 *
 * @returns {Promise<{ VK_ICD_FILENAMES: string, XDG_RUNTIME_DIR: string }>}
 */
export async function softwareVulkan() {
  return withLock("software-vulkan", async () => {
    const runtime = path.join(cacheFolder, "xdg-runtime");
    await mkdir(runtime, { recursive: true, mode: 0o700 });
    /** @type {string[]} */
    const refused = [];
    const usable = async () => {
      for (const driver of drivers().filter((file) => !refused.includes(file))) {
        const env = { VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: runtime };
        if (await findsAdapter(env)) return env;
        refused.push(driver);
      }
      return undefined;
    };
    const found = await usable();
    if (found) return found;
    await installDebianPackages(["mesa-vulkan-drivers"], "a software driver for Vulkan");
    const lavapipe = await usable();
    if (lavapipe) return lavapipe;
    await ensureChromium();
    const swiftShader = await usable();
    if (swiftShader) return swiftShader;
    throw new Error(
      `Dawn uses none of these Vulkan drivers: ${refused.join(", ")}. Install lavapipe of Mesa 24 or newer.`,
    );
  });
}

/** @returns {string[]} descriptions of software drivers on this machine. */
function drivers() {
  const lavapipe = existsSync(DRIVERS) ? readdirSync(DRIVERS).filter((name) => /^lvp_icd.*\.json$/.test(name)) : [];
  return [
    ...lavapipe.map((name) => path.join(DRIVERS, name)),
    ...CHROMIUMS.map((folder) => path.join(folder, "vk_swiftshader_icd.json")).filter((file) => existsSync(file)),
  ];
}

/** @param {NodeJS.ProcessEnv} env */
async function findsAdapter(env) {
  const probe = promisify(execFile)(process.execPath, ["--input-type=module", "-e", PROBE], {
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  const { stdout } = await probe.catch(() => ({ stdout: "null" }));
  return JSON.parse(stdout) !== null;
}
