#!/usr/bin/env node
// Stands in for VS Code's own program: takes the arguments that @vscode/test-electron gives it, runs the suite in the
// web host, and ends with the suite's exit code.
//   webHostDriver.mjs FOLDER|FILE.code-workspace --extensionDevelopmentPath=DIR --extensionTestsPath=FILE [--user-data-dir=DIR]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { format } from "node:util";
import { launchChromium } from "./chromium.mjs";
import { startCodeServer, workbenchAddress } from "./codeServer.mjs";
import { ensureWebHost } from "./webHost.mjs";

/** A suite that hangs is ended here; no test waits as long. */
const DEADLINE_MINUTES = 20;

const options = new Map();
let folder = "";
for (const argument of process.argv.slice(2)) {
  const match = /^--([\w-]+)(?:=(.*))?$/s.exec(argument);
  if (match) options.set(match[1], match[2] ?? "");
  else folder = path.resolve(argument);
}
const extension = options.get("extensionDevelopmentPath");
const tests = options.get("extensionTestsPath");
if (!folder || !extension || !tests) {
  console.error(
    "usage: webHostDriver.mjs FOLDER|FILE.code-workspace --extensionDevelopmentPath=DIR --extensionTestsPath=FILE",
  );
  process.exit(2);
}

const scratch = await mkdtemp(path.join(tmpdir(), "trainlens-host-"));
let code = 1;
try {
  code = await runSuite();
} catch (error) {
  console.error(error);
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(code);

/** @returns {Promise<number>} what the suite ended with. */
async function runSuite() {
  const server = await startCodeServer(await ensureWebHost(), scratch, { testDriver: true });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    /** @type {Promise<number>} */
    const ended = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The suite did not end within ${DEADLINE_MINUTES} minutes.`)),
        DEADLINE_MINUTES * 60_000,
      );
      timer.unref();
      process.once("SIGINT", () => reject(new Error("Interrupted.")));
      process.once("SIGTERM", () => reject(new Error("Ended.")));
      page.on("crash", () => reject(new Error("The page of the workbench crashed.")));
      page.on("close", () => reject(new Error("The page of the workbench was closed.")));
      void page.exposeFunction("codeAutomationExit", (/** @type {number} */ exitCode) => resolve(exitCode));
    });
    await page.exposeFunction("codeAutomationLog", (/** @type {string} */ type, /** @type {unknown[]} */ args) => {
      const text = format(...args);
      if (type === "error") console.error(text);
      else console.log(text);
    });
    await page.goto(workbenchAddress(server.origin, folder, { extension, tests }));
    return await ended;
  } finally {
    await browser.close();
    await server.stop();
  }
}
