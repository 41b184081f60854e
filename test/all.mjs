// npm test: everything, in the order of what fails soonest; or the named parts of it.
//   node test/all.mjs [typecheck] [lint] [unit] [runner] [extension] [package] [ui] [ui-vsix]
// Ends with a line "N passed, N failed", and with 1 where something failed or a suite ran no test.
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { packageExtension } from "./hosts/packageExtension.mjs";
import { runExtensionTests } from "./hosts/runExtensionTests.mjs";
import { loudly } from "./hosts/spawn.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */
/** @typedef {{ name: string, run: () => Promise<Counts | undefined> }} Part - without counts, it only has to succeed. */

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const bin = (/** @type {string} */ name) => path.join("node_modules", name);

/** Folders of test/ that a plain mocha runs; the others have parts of their own. */
const OWN_PARTS = ["extension", "ui"];
/** Suites whose files run two at a time: much of their time goes into the beginnings of processes. */
const PARALLEL = ["runner"];
const mochaSuites = readdirSync("test", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !OWN_PARTS.includes(entry.name) && hasTests(entry.name))
  .map((entry) => entry.name)
  .sort((a, b) => Number(b === "unit") - Number(a === "unit") || a.localeCompare(b));

/** @type {Part[]} */
const parts = [
  { name: "typecheck", run: () => node([bin("typescript/bin/tsc"), "--noEmit"]) },
  {
    name: "lint",
    run: async () => {
      await node([bin("eslint/bin/eslint.js"), "."]);
      await node([bin("prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."]);
    },
  },
  ...mochaSuites.map((name) => ({ name, run: () => mocha(name, testFiles(name)) })),
  { name: "extension", run: runExtensionTests },
  { name: "package", run: async () => void (await packageExtension()) },
  { name: "ui", run: () => mocha("ui", testFiles("ui")) },
  {
    name: "ui-vsix",
    run: async () => {
      const file = await packageExtension();
      return mocha("ui-vsix", [path.join("out", "test", "ui", "journey.test.js")], { TRAINLENS_TEST_VSIX: file });
    },
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(", ")}. There are: ${parts.map((part) => part.name).join(", ")}`);
  process.exit(2);
}
const chosen = parts.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

/** @type {string[]} */
const table = [];
/** What failed, for the end: logs are often cut at their beginning. @type {string[]} */
const failures = [];
const total = { passed: 0, failed: 0 };
const began = Date.now();
await build();
for (const part of chosen) {
  console.log(`\n=== ${part.name}`);
  const start = Date.now();
  const result = await outcome(part);
  total.passed += result.passed;
  total.failed += result.failed;
  table.push(`${part.name.padEnd(12)} ${result.text.padEnd(28)} ${seconds(start)}`);
}
console.log(`\n${table.join("\n")}\nin all ${seconds(began)}\n`);
if (failures.length > 0) console.log(`${failures.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

/**
 * @param {Part} part
 * @returns {Promise<Counts & { text: string }>}
 */
async function outcome(part) {
  try {
    const counts = await part.run();
    if (!counts) return { passed: 0, failed: 0, text: "done" };
    if (counts.passed + counts.failed === 0) throw new Error(`The suite ${part.name} ran no test.`);
    return { ...counts, text: `${counts.passed} passed, ${counts.failed} failed` };
  } catch (error) {
    console.error(error);
    failures.push(`${part.name}: ${error}`);
    return { passed: 0, failed: 1, text: "FAILED" };
  }
}

async function build() {
  const start = Date.now();
  await node(["esbuild.mjs", "--tests"]);
  table.push(`${"build".padEnd(12)} ${"done".padEnd(28)} ${seconds(start)}`);
}

/** @param {string[]} args */
function node(args) {
  return loudly(process.execPath, args, { cwd: root });
}

/**
 * @param {string} name
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Counts>}
 */
async function mocha(name, files, env = {}) {
  if (files.length === 0) throw new Error(`The suite ${name} has no test files.`);
  await mkdir("out", { recursive: true });
  const stats = path.join("out", `stats-${name}.json`);
  await rm(stats, { force: true });
  const reporter = ["--reporter", "test/hosts/countingReporter.cjs", "--reporter-option", `stats=${stats}`];
  const parallel = PARALLEL.includes(name) ? ["--parallel", "--jobs", "2"] : [];
  const program = [bin("mocha/bin/mocha.js"), "--exit", "--timeout", "120000", ...parallel, ...reporter, ...files];
  /** @type {unknown} */
  let problem;
  await loudly(process.execPath, program, { cwd: root, env: { ...process.env, ...env } }).catch(
    (error) => (problem = error),
  );
  if (!existsSync(stats)) throw new Error(`The suite ${name} did not get to its end.`, { cause: problem });
  const { passes: passed, failures: failed, failed: which } = JSON.parse(await readFile(stats, "utf8"));
  for (const { title, message } of which) failures.push(`${name}: ${title}: ${message.slice(0, 500)}`);
  if (failed === 0 && problem) throw problem;
  return { passed, failed };
}

/** @param {string} suite */
function testFiles(suite) {
  const folder = path.join("out", "test", suite);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js"))
    .sort()
    .map((file) => path.join(folder, file));
}

/** @param {string} suite */
function hasTests(suite) {
  return readdirSync(path.join("test", suite), { recursive: true, encoding: "utf8" }).some((file) =>
    /\.test\.tsx?$/.test(file),
  );
}

/** @param {number} start */
function seconds(start) {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}
