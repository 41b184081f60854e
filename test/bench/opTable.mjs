// node test/bench/opTable.mjs [python.json]: what DeepExplainer and Python's make of each layer, as the table of
// src/shap/README.md. Python's part takes minutes; what test/fixtures/shap/op_table.py printed can be given instead.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { findPython } from "./python.mjs";

const root = path.join(import.meta.dirname, "../..");
const output = (program, args) =>
  execFileSync(program, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", 2] });

execFileSync(process.execPath, ["esbuild.mjs", "--tests"], { cwd: root, stdio: ["ignore", "ignore", 2] });
const ours = JSON.parse(
  output(process.execPath, [path.join(root, "out/test/bench/opTable.main.js")])
    .split("\n")
    .at(-2),
);
const given = process.argv[2];
const python = JSON.parse(
  given
    ? readFileSync(given, "utf8")
    : output((await findPython()).python, [path.join(root, "test/fixtures/shap/op_table.py")]),
);

/** What is off by more is no rounding. */
const ADDITIVE = 1e-4;
const said = (row) => {
  if ("fails" in row)
    return `fails: ${row.fails
      .replace(/^LookupError: gradient registry has no entry for: shap_/, "no rule for ")
      .replaceAll("|", "/")
      .slice(0, 50)}`;
  return row.error <= ADDITIVE ? row.error.toExponential(0) : `not additive: ${row.error.toExponential(0)}`;
};
console.log("| layer | ours | Python's shap |\n| --- | --- | --- |");
for (const [name, error] of Object.entries(ours)) {
  // Variants that only our table has are left out.
  if (python[name]) console.log(`| ${name} | ${error.toExponential(0)} | ${said(python[name])} |`);
}
