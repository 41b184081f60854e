// A real VS Code server from the npm registry (code-server), for machines where VS Code itself cannot be downloaded.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { cacheFolder, withLock } from "./cache.mjs";
import { ensureChromium } from "./chromium.mjs";
import { installDebianPackages } from "./debian.mjs";
import { cleanEnvironment, loudly } from "./spawn.mjs";

/** code-server's install script insists on the Node that its VS Code was built for. */
const NODE_VERSION = "24.21.0";
const CODE_SERVER_VERSION = "4.139.1";
const STAMP = JSON.stringify({ node: NODE_VERSION, codeServer: CODE_SERVER_VERSION });

/** Programs and the header file that building code-server's native modules takes, and the package of each. */
const BUILD_NEEDS = [
  ["/usr/bin/python3", "python3"],
  ["/usr/bin/make", "make"],
  ["/usr/bin/g++", "g++"],
  ["/usr/include/gssapi/gssapi.h", "libkrb5-dev"],
];

/**
 * @typedef {object} WebHost
 * @property {string} node the Node that runs the server.
 * @property {string} entry the server's script.
 */

/**
 * Installs what is missing: Chromium, and Node and code-server in the cache folder. Twice is the same as once, and two at
 * once wait for each other.
 *
 * @returns {Promise<WebHost>}
 */
export async function ensureWebHost() {
  if (process.platform !== "linux")
    throw new Error("The web host runs on Linux only: use VSCODE_TEST_HOST=desktop, or VSCODE_EXECUTABLE=<path>.");
  await ensureChromium();
  return withLock("web-host", async () => {
    const folder = path.join(cacheFolder, "web-host");
    const nodeFolder = path.join(folder, "node_modules", `node-linux-${process.arch}`);
    const host = {
      node: path.join(nodeFolder, "bin", "node"),
      entry: path.join(folder, "cs", "node_modules", "code-server", "out", "node", "entry.js"),
    };
    const stampFile = path.join(folder, "stamp.json");
    if ((await readFile(stampFile, "utf8").catch(() => "")) !== STAMP) {
      await install(folder, nodeFolder);
      await promisify(execFile)(host.node, [host.entry, "--version"], { env: cleanEnvironment() });
      await writeFile(stampFile, STAMP);
    }
    return host;
  });
}

/**
 * @param {string} folder
 * @param {string} nodeFolder
 */
async function install(folder, nodeFolder) {
  console.error(`Installing a VS Code server into ${folder}: some minutes and 0.8 GB, once.`);
  const missing = BUILD_NEEDS.filter(([file]) => !existsSync(file)).map(([, name]) => name);
  if (missing.length > 0) await installDebianPackages(missing, "what builds code-server's native modules");
  await rm(folder, { recursive: true, force: true });
  const server = path.join(folder, "cs");
  await mkdir(server, { recursive: true });
  for (const place of [folder, server]) await writeFile(path.join(place, "package.json"), '{"private":true}\n');
  const quiet = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const env = cleanEnvironment();
  await loudly("npm", ["install", ...quiet, `node-linux-${process.arch}@${NODE_VERSION}`], { cwd: folder, env });
  const PATH = `${path.join(nodeFolder, "bin")}${path.delimiter}${process.env["PATH"] ?? ""}`;
  await loudly("npm", ["install", ...quiet, `code-server@${CODE_SERVER_VERSION}`], {
    cwd: server,
    env: { ...env, PATH, npm_config_nodedir: nodeFolder },
  });
}
