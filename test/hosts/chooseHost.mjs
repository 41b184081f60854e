// Which VS Code runs the tests.
import { fileURLToPath } from "node:url";
import process from "node:process";
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { ensureWebHost } from "./webHost.mjs";

/**
 * @typedef {object} TestHost
 * @property {"desktop" | "web"} kind
 * @property {string} executable what test-electron's runTests takes as vscodeExecutablePath.
 * @property {string} why
 */

/**
 * VSCODE_EXECUTABLE names a program, VSCODE_TEST_HOST=desktop|web a kind; otherwise VS Code is downloaded, and where that
 * cannot be, or there is no display for it, the web host serves.
 *
 * @returns {Promise<TestHost>}
 */
export async function chooseHost() {
  const wish = process.env["VSCODE_TEST_HOST"] ?? "";
  if (!["", "desktop", "web"].includes(wish))
    throw new Error(`VSCODE_TEST_HOST is "${wish}": it can be "desktop" or "web".`);
  const named = process.env["VSCODE_EXECUTABLE"];
  if (wish === "web") return web("asked for by VSCODE_TEST_HOST");
  if (named) return { kind: "desktop", executable: named, why: "named by VSCODE_EXECUTABLE" };
  const display = process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"];
  if (process.platform === "linux" && !display && wish !== "desktop") return web("there is no display");
  try {
    return { kind: "desktop", executable: await downloadAndUnzipVSCode(), why: "downloaded" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (wish === "desktop") throw new Error(`VS Code could not be downloaded: ${reason}`, { cause: error });
    return web(`VS Code could not be downloaded: ${reason}`);
  }
}

/**
 * @param {string} why
 * @returns {Promise<TestHost>}
 */
async function web(why) {
  await ensureWebHost();
  return { kind: "web", executable: fileURLToPath(new URL("./webHostDriver.mjs", import.meta.url)), why };
}
