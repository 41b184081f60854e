// The folder that F5 opens: out/example with the digits recipe, as `trainlens new` writes it.
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { loudly } from "./spawn.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = path.join(root, "out", "example");

if (!existsSync(folder))
  await loudly(process.execPath, [path.join(root, "dist", "trainlens.js"), "new", "digits", folder]);
