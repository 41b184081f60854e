// npm start: the whole way, from an empty folder to a force plot, by commands that a user could type.
//   npm start              trains, explains, plots, and says where
//   npm start -- --open    and opens it in VS Code: VSCODE_EXECUTABLE, `code` on the PATH, or the web host
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installExtension, startCodeServer, workbenchAddress } from "./codeServer.mjs";
import { packageExtension } from "./packageExtension.mjs";
import { cleanEnvironment, loudly } from "./spawn.mjs";
import { ensureWebHost } from "./webHost.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const trainlens = path.join(root, "dist", "trainlens.js");
const EXPLANATION = "digits.shap.npz";

const folder = path.join(await mkdtemp(path.join(tmpdir(), "trainlens-start-")), "digits");
try {
  await typed(path.dirname(folder), "new", "digits", "digits");
  await typed(folder, "train", "train.ts", "--run", ".trainlens/runs/first");
  await typed(
    folder,
    ...["explain", ".trainlens/runs/first", "--samples", "0-9", "--background", "100"],
    ...["--output", EXPLANATION],
  );
  await typed(folder, "plot", EXPLANATION, "--output", "force-plot.html");
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
console.log(`\nThe force plot of ten test digits, for any browser:\n  ${path.join(folder, "force-plot.html")}\n`);

if (process.argv.includes("--open")) await open();
else
  console.log(
    [
      "The same in VS Code:",
      `  code --extensionDevelopmentPath=${root} ${folder}`,
      `  then open ${EXPLANATION}, or the TrainLens view in the activity bar.`,
      "  npm start -- --open does that for you, in a browser where VS Code is not installed.",
    ].join("\n"),
  );

/**
 * @param {string} cwd
 * @param {string[]} args
 */
async function typed(cwd, ...args) {
  console.log(`\n${cwd}$ node ${path.relative(cwd, trainlens)} ${args.join(" ")}`);
  await loudly(process.execPath, [trainlens, ...args], { cwd });
}

async function open() {
  const program = process.env["VSCODE_EXECUTABLE"] ?? onPath(process.platform === "win32" ? "code.cmd" : "code");
  const file = path.join(folder, EXPLANATION);
  if (!program) return openInBrowser(file);
  console.log(`Opening it in ${program}.`);
  const args = ["--new-window", `--extensionDevelopmentPath=${root}`, folder, file];
  await loudly(program, args, { env: cleanEnvironment() });
}

/** @param {string} name */
function onPath(name) {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.map((each) => path.join(each, name)).find((file) => existsSync(file));
}

/** @param {string} file */
async function openInBrowser(file) {
  console.log("VS Code is not on the PATH: a VS Code server on this machine shows it in a browser.");
  const scratch = await mkdtemp(path.join(tmpdir(), "trainlens-host-"));
  const host = await ensureWebHost();
  await installExtension(host, scratch, await packageExtension());
  const server = await startCodeServer(host, scratch, { testDriver: false });
  const address = workbenchAddress(server.origin, folder, { file });
  console.log(`\nOpen this address; Ctrl+C ends the server.\n  ${address}\n`);
  const opener = onPath("xdg-open");
  if (opener && process.env["DISPLAY"]) spawn(opener, [address], { stdio: "ignore", detached: true }).unref();
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  await server.stop();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}
