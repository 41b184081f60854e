// One running VS Code server, its folders apart from the user's.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { cleanEnvironment, loudly } from "./spawn.mjs";

/** @typedef {import("./webHost.mjs").WebHost} WebHost */

/** The same pictures and the same behaviour on every machine. */
const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.ignoreRecommendations": true,
  "window.dialogStyle": "custom",
  "git.enabled": false,
};

/** @param {string} scratch */
function environment(scratch) {
  return cleanEnvironment({
    HOME: scratch,
    XDG_CONFIG_HOME: path.join(scratch, "config"),
    XDG_DATA_HOME: path.join(scratch, "data"),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
  });
}

/**
 * Starts a server on a free port of this machine.
 *
 * @param {WebHost} host
 * @param {string} scratch a folder of its own, which the caller removes.
 * @param {{ testDriver: boolean, settings?: Record<string, unknown> }} options
 *   testDriver: let the page load extensions and tests by its address, as built VS Codes otherwise do not; it hides
 *   notifications and dialogs.
 * @returns {Promise<{ origin: string, stop: () => Promise<void> }>}
 */
export async function startCodeServer(host, scratch, { testDriver, settings = {} }) {
  const userData = path.join(scratch, "user-data");
  await mkdir(path.join(userData, "User"), { recursive: true });
  await writeFile(path.join(userData, "User", "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }, null, 2));
  const args = [
    ...serverFolders(scratch),
    ...["--config", path.join(scratch, "code-server.yaml"), "--auth", "none", "--bind-addr", "127.0.0.1:0"],
    ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
    ...["--disable-getting-started-override", "--disable-proxy", "--ignore-last-opened"],
    // The window has the environment that it is started with, not a login shell's.
    ...["--vscode-option", "force-disable-user-env"],
    ...(testDriver ? ["--vscode-option", "enable-smoke-test-driver"] : []),
  ];
  await writeFile(path.join(scratch, "code-server.yaml"), "cert: false\n");
  const child = spawn(host.node, [host.entry, ...args], {
    env: environment(scratch),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.pid && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGTERM");
      await ended;
    }
    process.off("exit", stopNow);
  };
  const stopNow = () => {
    if (child.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
  };
  process.on("exit", stopNow);
  const origin = await new Promise((resolve, reject) => {
    let said = "";
    /** @param {Buffer} text */
    const hear = (text) => {
      said += text.toString();
      const match = /HTTP server listening on (http:\/\/[^\s/]+)/.exec(said);
      if (match) resolve(/** @type {string} */ (match[1]));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`code-server ended with ${code} before it listened:\n${said}`)));
  });
  return { origin, stop };
}

/**
 * Installs a packaged extension, as a user would.
 *
 * @param {WebHost} host
 * @param {string} scratch the server's folder.
 * @param {string} vsix
 */
export async function installExtension(host, scratch, vsix) {
  await mkdir(scratch, { recursive: true });
  await loudly(host.node, [host.entry, ...serverFolders(scratch), "--install-extension", vsix], {
    env: environment(scratch),
  });
}

/** @param {string} scratch */
function serverFolders(scratch) {
  return ["--user-data-dir", path.join(scratch, "user-data"), "--extensions-dir", path.join(scratch, "extensions")];
}

/**
 * The address of the workbench on a folder or a workspace.
 *
 * @param {string} origin of the server.
 * @param {string} folder absolute path of a folder, or of a .code-workspace file.
 * @param {{ extension?: string, tests?: string, file?: string }} [what] a folder of an extension in development, its test
 *   suite's script, a file to open.
 */
export function workbenchAddress(origin, folder, { extension, tests, file } = {}) {
  const remote = (/** @type {string} */ place) => `vscode-remote://${new URL(origin).host}${place}`;
  const payload = [
    ["skipWelcome", "true"],
    ...(extension
      ? [
          ["extensionDevelopmentPath", remote(extension)],
          ["enableProposedApi", ""],
        ]
      : []),
    ...(file ? [["openFile", remote(file)]] : []),
    ...(tests ? [["extensionTestsPath", remote(tests)]] : []),
  ];
  const address = new URL(origin);
  address.searchParams.set(folder.endsWith(".code-workspace") ? "workspace" : "folder", folder);
  address.searchParams.set("payload", JSON.stringify(payload));
  return address.href;
}
