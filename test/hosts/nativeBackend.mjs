// A native backend to test with: tfjs-node's binding, built by our own command, on the TensorFlow of the bench's Python.
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { findPython } from "../bench/python.mjs";
import { cacheFolder, withLock } from "./cache.mjs";
import { installDebianPackages } from "./debian.mjs";
import { loudly } from "./spawn.mjs";

/**
 * Installs what is missing: minutes and 2 GB on a new machine, nothing on others.
 *
 * @param {string} cli dist/trainlens.js
 * @returns {Promise<{ python: string, runtime: string, args: string[] }>} `args` for commands that take a backend;
 *   `runtime` is to be TRAINLENS_RUNTIME.
 */
export async function nativeBackend(cli) {
  return withLock("native-backend", async () => {
    const { python } = await findPython();
    const runtime = path.join(cacheFolder, "runtime");
    if (!existsSync(path.join(runtime, "tfjs-node-python"))) {
      if (!existsSync("/usr/bin/g++") || !existsSync("/usr/bin/make")) {
        await installDebianPackages(["build-essential", "python3"], "a C++ compiler and make");
      }
      const args = ["install-backend", "native", "--libtensorflow", "python", "--python", python];
      await loudly(process.execPath, [cli, ...args], { env: { ...process.env, TRAINLENS_RUNTIME: runtime } });
    }
    return { python, runtime, args: ["--libtensorflow", "python", "--python", python] };
  });
}
