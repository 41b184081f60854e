// npm run bench [-- part...] [-- --backend NAME] [-- --json FILE]: TrainLens and Python side by side on this machine.
// npm run bench:shap: only the parts in shap/. --backend leaves out the other backends' rows.
// A part is a file *.bench.mjs that exports `async bench({ python, root, backend }) -> Row[]`, see measure.mjs.
import { execFileSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { findPython } from "./python.mjs";

const folder = import.meta.dirname;
const root = path.join(folder, "../..");

const { values, positionals } = parseArgs({
  options: {
    backend: { type: "string" },
    folder: { type: "string", default: "." },
    json: { type: "string" },
    "no-build": { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const nameOf = (file) => path.basename(file, ".bench.mjs");
const parts = (await readdir(path.join(folder, values.folder), { recursive: true }))
  .filter((file) => file.endsWith(".bench.mjs"))
  .map((file) => path.join(values.folder, file))
  .sort();
const chosen = positionals.length ? parts.filter((file) => positionals.includes(nameOf(file))) : parts;
if (!chosen.length) {
  console.error(`No such part. There are: ${parts.map(nameOf).join(", ")}`);
  process.exit(2);
}

if (!values["no-build"]) {
  execFileSync(process.execPath, ["esbuild.mjs", "--production", "--tests"], {
    cwd: root,
    stdio: ["ignore", "ignore", 2],
  });
}
const { python, versions } = await findPython();
const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
console.log(`${machine}; Node ${process.versions.node}; Python: ${versions}\n`);

const rows = [];
for (const part of chosen) {
  const { bench } = await import(pathToFileURL(path.join(folder, part)).href);
  rows.push(...(await bench({ python, root, backend: values.backend })));
}

const seconds = (value) => (value < 1 ? `${(value * 1000).toPrecision(3)} ms` : `${value.toPrecision(3)} s`);
const ratio = ({ ours, python }) =>
  ours <= python ? `${(python / ours).toPrecision(3)} x faster` : `${(ours / python).toPrecision(3)} x slower`;
const table = [
  ["Medians of 5, measured in turn", "TrainLens", "Python", "TrainLens is", "Target", "", ""],
  ...rows.map((row) => [
    row.name,
    row.measured ?? seconds(row.ours),
    row.measured === undefined ? seconds(row.python) : "",
    row.measured === undefined ? ratio(row) : "",
    row.target,
    row.target === "none" ? "" : row.met ? "met" : "MISSED",
    row.note ?? "",
  ]),
];
const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
for (const cells of table)
  console.log(
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join("  ")
      .trimEnd(),
  );

if (values.json) {
  await writeFile(
    values.json,
    JSON.stringify({ machine, node: process.versions.node, python: versions, rows }, null, 2),
  );
}
process.exitCode = rows.every((row) => row.met) ? 0 : 1;
