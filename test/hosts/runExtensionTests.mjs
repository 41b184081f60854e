// Runs out/test/extension inside a real VS Code, on every machine by the same call.
//   node test/hosts/runExtensionTests.mjs       (after: node esbuild.mjs --tests)
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runTests } from "@vscode/test-electron";
import { chooseHost } from "./chooseHost.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The workspace has two root folders: what holds there holds with one, and not the other way round. */
const ROOTS = ["first", "second"];

/** Written by test/extension/index.main.ts into the first of them: a host that dies ends with 0 all the same. */
const STATS_FILE = ".trainlens-test-stats.json";

/**
 * @returns {Promise<{ passed: number, failed: number }>} counts of the suite, of which at least one is not 0.
 */
export async function runExtensionTests() {
  const host = await chooseHost();
  console.log(`Host: ${host.kind} (${host.why})`);
  const scratch = await mkdtemp(path.join(tmpdir(), "trainlens-extension-"));
  const workspace = await mkdtemp(path.join(tmpdir(), "trainlens-workspace-"));
  try {
    const workspaceFile = path.join(workspace, "tests.code-workspace");
    for (const name of ROOTS) await mkdir(path.join(workspace, name));
    await writeFile(workspaceFile, JSON.stringify({ folders: ROOTS.map((name) => ({ path: name })), settings: {} }));
    /** @type {unknown} */
    let problem;
    await runTests({
      vscodeExecutablePath: host.executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(root, "out", "test", "extension", "index.main.js"),
      launchArgs: [
        workspaceFile,
        `--user-data-dir=${path.join(scratch, "user-data")}`,
        `--extensions-dir=${path.join(scratch, "extensions")}`,
      ],
    }).catch((error) => (problem = error));
    return await countsOf(path.join(workspace, ROOTS[0], STATS_FILE), problem);
  } finally {
    for (const folder of [scratch, workspace]) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {string} file
 * @param {unknown} problem what the host ended with, if not well.
 */
async function countsOf(file, problem) {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new Error("The suite inside VS Code wrote no statistics: the extension host did not get to its end.", {
      cause: problem,
    });
  const stats = JSON.parse(text);
  const { passes: passed, failures: failed } = stats;
  if (!(passed + failed > 0)) throw new Error("The suite inside VS Code ran no test.", { cause: problem });
  for (const { title, stack, message } of stats.failed ?? []) console.log(`\n  FAILED ${title}\n${stack ?? message}`);
  console.log(`VS Code ${stats.vscode}: ${passed} passed, ${failed} failed`);
  if (failed === 0 && problem) throw problem;
  return { passed, failed };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { failed } = await runExtensionTests();
  process.exitCode = failed > 0 ? 1 : 0;
}
