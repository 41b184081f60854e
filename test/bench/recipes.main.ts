/**
 * npm run bench:recipes [-- template...]: every template as it is scaffolded, at its full number of epochs, in each language and
 * on each backend that trains here, as a table in Markdown: what it reaches, and the seconds of the whole command.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { initialRunState, runReducer } from "../../src/protocol/reducer";
import { parseEvents } from "../../src/protocol/events";
import { type RecipeLanguage, TEMPLATES, type Template } from "../../src/scaffold";
import { nativeBackend } from "../hosts/nativeBackend.mjs";
import { findPython } from "./python.mjs";

const run = promisify(execFile);
const CLI = path.resolve(__dirname, "../../../dist/trainlens.js");

/** What a run has reached, in words; and how long the command took, in seconds. */
interface Result {
  metric: string;
  seconds: number;
}

/** Of what a Python form prints at its end; its parts in brackets are the result. */
const PRINTED: Record<string, RegExp> = {
  digits: /accuracy (0\.\d+)$/m,
  cnn: /accuracy (0\.\d+)$/m,
  lstm: /accuracy (0\.\d+)$/m,
  augmentation: /accuracy (0\.\d+ with augmentation, 0\.\d+ without)/,
  "tabular-classifier": /On the test rows: .* accuracy (0\.\d+)/,
  "tabular-regressor": /mean absolute error (.*)$/m,
  "decision-tree": /Accuracy (0\.\d+)/,
  "random-forest": /mean absolute error (.*); of/,
  transfer: /base frozen: (0\.\d+)/,
  gan: /Classifier with made pictures: (.*)$/m,
};

/** What a Python form is given where this machine cannot reach what it downloads. */
const PYTHON_ARGS: Record<string, string[]> = {
  transfer: ["--weights", "none", "--size", "32", "--examples", "1000"],
};

const folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-recipes-"));

async function timed(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const begun = performance.now();
  const { stdout } = await run(program, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 });
  return { metric: stdout, seconds: (performance.now() - begun) / 1000 };
}

/** What a run's events say it has reached, on the test split where there is one. */
function reached(runFolder: string): string {
  const { events } = parseEvents(readFileSync(path.join(runFolder, "events.jsonl"), "utf8"));
  const { evaluation, epochs } = events.reduce(runReducer, initialRunState);
  const metrics = evaluation?.metrics ?? epochs[epochs.length - 1].metrics;
  const [name] = ["accuracy", "mae", "diversity"].filter((each) => each in metrics);
  if (name === undefined) throw new Error(`none of the metrics is known: ${Object.keys(metrics).join(", ")}`);
  const write = (value: number): string => value.toFixed(name === "mae" ? 1 : 3);
  const compared = events.find((event) => event.type === "compared");
  const others = compared && Object.entries(compared.hyperparameters).map(([key, value]) => `${key}=${String(value)}`);
  return [
    `${name === "accuracy" ? "" : `${name} `}${write(metrics[name])}`,
    ...(compared && others ? [`with ${others.join(" ")} ${write(compared.compared.metrics[name])}`] : []),
  ].join(", ");
}

async function trained(id: string, language: RecipeLanguage, backend: string, args: string[], env = {}) {
  const recipe = path.join(folder, language, id);
  const runFolder = path.join(folder, `${language}-${id}-${backend}`);
  const file = path.join(recipe, language === "typescript" ? "train.ts" : "train.js");
  // It takes the pictures of the run before it.
  const gan = id === "gan-classifier" ? ["--set", `run=${path.join(folder, "typescript-gan-wasm")}`] : [];
  const command = [CLI, "train", file, "--run", runFolder, "--backend", backend, ...gan, ...args];
  const { seconds } = await timed(process.execPath, command, folder, env);
  return { metric: reached(runFolder), seconds };
}

async function ranByPython(id: string, python: string): Promise<Result> {
  const cwd = path.join(folder, "python", id);
  const quiet = { TF_CPP_MIN_LOG_LEVEL: "3", CUDA_VISIBLE_DEVICES: "" };
  const { metric, seconds } = await timed(python, ["train.py", ...(PYTHON_ARGS[id] ?? [])], cwd, quiet);
  const found = PRINTED[id]?.exec(metric)?.[1];
  if (found === undefined) throw new Error(`${id}: the script's output has no result:\n${metric.slice(-2000)}`);
  return { metric: found, seconds };
}

const cell = ({ metric, seconds }: Result): string =>
  `${metric}; ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const { python } = await findPython();
  const native = await nativeBackend(CLI);
  const templates = (TEMPLATES as readonly Template[]).filter(({ id }) => asked.length === 0 || asked.includes(id));
  console.log("| recipe | TypeScript, wasm | TypeScript, native | JavaScript, wasm | Python, explanation included |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const { id, languages } of templates) {
    const cells = [`\`${id}\``];
    for (const language of languages)
      await run(process.execPath, [CLI, "new", id, `${language}/${id}`, "--language", language], { cwd: folder });
    const has = (language: RecipeLanguage): boolean => languages.includes(language);
    const runtime = { TRAINLENS_RUNTIME: native.runtime };
    cells.push(has("typescript") ? cell(await trained(id, "typescript", "wasm", [])) : "–");
    cells.push(has("typescript") ? cell(await trained(id, "typescript", "native", native.args, runtime)) : "–");
    cells.push(has("javascript") ? cell(await trained(id, "javascript", "wasm", [])) : "–");
    cells.push(has("python") ? cell(await ranByPython(id, python)) : "–");
    console.log(`| ${cells.join(" | ")} |`);
  }
}

void main().finally(() => rmSync(folder, { recursive: true, force: true }));
