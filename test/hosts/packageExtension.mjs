// Makes the .vsix, and holds it to having no warnings and no strangers in it.
import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { cleanEnvironment } from "./spawn.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a packaged extension consists of; anything else was packed by mistake. */
const EXPECTED =
  /^(dist|media|snippets|l10n)\/|^(package(\.nls(\.[\w-]+)?)?\.json|readme\.md|changelog\.md|license(\.txt)?)$/i;

/** @type {Promise<string> | undefined} */
let packed;

/** @returns {Promise<string>} the .vsix's path; a second call gives the same file. */
export function packageExtension() {
  return (packed ??= make());
}

async function make() {
  const file = path.join(root, "out", "trainlens.vsix");
  await mkdir(path.dirname(file), { recursive: true });
  const said = await vsce(["package", "--no-dependencies", "--out", file]);
  console.log(said.trim());
  if (/\bwarning\b/i.test(said)) throw new Error("vsce warns: see above.");
  const files = (await vsce(["ls", "--no-dependencies"])).split("\n").filter((line) => line && !/^[>\s]/.test(line));
  const strangers = files.filter((name) => !EXPECTED.test(name));
  if (strangers.length > 0) throw new Error(`Packed by mistake: ${strangers.join(", ")}`);
  for (const needed of [
    "dist/extension.js",
    "dist/trainlens.js",
    "dist/wasmThread.js",
    "dist/snippets/javascript.json",
    "package.json",
    "README.md",
    "LICENSE",
  ])
    if (!files.includes(needed)) throw new Error(`Not in the package: ${needed}`);
  console.log(`${files.length} files, ${((await stat(file)).size / 1e6).toFixed(1)} MB`);
  return file;
}

/** @param {string[]} args */
async function vsce(args) {
  const program = path.join("node_modules", "@vscode", "vsce", "vsce");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], {
    cwd: root,
    env: cleanEnvironment(),
    maxBuffer: 1e8,
  });
  return stdout + stderr;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await packageExtension();
