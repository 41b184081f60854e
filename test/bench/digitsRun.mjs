// What several parts of the bench start from: the scaffolded digits recipe in a temporary folder, and the data for Python.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * @param {string} root the repository, built with --tests
 * @returns a folder with trainX.bin and so on, `trainlens(args, env)`, the recipe's path, and `remove()`
 */
export async function digitsFolder(root) {
  const folder = await mkdtemp(path.join(tmpdir(), "trainlens-bench-"));
  const trainlens = (args, env = {}) =>
    run(process.execPath, [path.join(root, "dist/trainlens.js"), ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
  await run(process.execPath, [path.join(root, "out/test/bench/writeDigits.main.js"), folder]);
  await trainlens(["new", "digits", path.join(folder, "recipe"), "--language", "javascript"]);
  return {
    folder,
    trainlens,
    recipe: path.join(folder, "recipe", "train.js"),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** @param {() => Promise<unknown>} work */
export async function timed(work) {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
