/** What VS Code runs as `extensionTestsPath`: mocha over the suites beside this file, its statistics written to a file. */
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import Mocha from "mocha";
import * as vscode from "vscode";

/** In the workspace folder, where no environment variable reaches the extension host. */
const STATS_FILE = ".trainlens-test-stats.json";

/** Long enough for a training on a slow machine; no test asserts a time. */
const TIMEOUT = 180_000;

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: TIMEOUT, color: false });
  for (const file of readdirSync(__dirname).sort())
    if (file.endsWith(".test.js")) mocha.addFile(path.join(__dirname, file));
  await mocha.loadFilesAsync();
  const failures: { title: string; message: string; stack?: string }[] = [];
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((count) => {
      writeFileSync(
        statsFile(),
        JSON.stringify({ ...runner.stats, failures: count, failed: failures, vscode: vscode.version }, null, 2),
      );
      if (count > 0) reject(new Error(`${count} of the tests inside VS Code failed`));
      else resolve();
    });
    runner.on("fail", (test, error: Error) =>
      failures.push({
        title: test.fullTitle(),
        message: error.message,
        ...(error.stack === undefined ? {} : { stack: error.stack }),
      }),
    );
  });
}

function statsFile(): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const file = process.env["TRAINLENS_TEST_STATS"] ?? (folder && path.join(folder.uri.fsPath, STATS_FILE));
  if (!file) throw new Error("The tests need a workspace folder, or TRAINLENS_TEST_STATS");
  return file;
}
