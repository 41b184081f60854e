/**
 * Node's module hooks for recipes, run in the loader's thread: the runner's own modules, TypeScript as it is, and
 * ECMAScript modules in `.js` files of folders without a package.json.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripTypes } from "../scaffold/stripTypes";
import { type HookData, MODULE_SCHEME } from "./recipeModules";

let exported: HookData["exports"] = {};

export const initialize: InitializeHook<HookData> = (data) => {
  exported = data.exports;
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (Object.hasOwn(exported, specifier)) {
    return { url: MODULE_SCHEME + specifier, format: "module", shortCircuit: true };
  }
  try {
    return await next(specifier, context);
  } catch (error) {
    const file = sourceFile(specifier, context.parentURL);
    if (file === undefined) throw error;
    return { url: pathToFileURL(file).href, shortCircuit: true };
  }
};

export const load: LoadHook = async (url, context, next) => {
  if (url.startsWith(MODULE_SCHEME)) {
    return { format: "module", source: moduleSource(url.slice(MODULE_SCHEME.length)), shortCircuit: true };
  }
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return await next(url, context);
  const file = fileURLToPath(url);
  if (/\.m?ts$/.test(file)) {
    const source = stripTypes(await readFile(file, "utf8"), file);
    return { format: "module", source, shortCircuit: true };
  }
  if (file.endsWith(".js")) {
    const source = await readFile(file, "utf8");
    if (/^\s*(import|export)\b/m.test(source)) return { format: "module", source, shortCircuit: true };
  }
  return await next(url, context);
};

/** `./model` or `./model.js` as the file that TypeScript would mean. */
function sourceFile(specifier: string, parentURL: string | undefined): string | undefined {
  if (parentURL === undefined || !/^\.{1,2}\//.test(specifier)) return undefined;
  const base = fileURLToPath(new URL(specifier, parentURL));
  const stem = base.replace(/\.(m?)js$/, "");
  const candidates = [".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"].map((ending) => stem + ending);
  return candidates.find((candidate) => existsSync(candidate));
}

/** A module that re-exports, name by name, what the runner put on the global object. */
function moduleSource(name: string): string {
  return [
    `const own = globalThis[Symbol.for("trainlens.modules")][${JSON.stringify(name)}];`,
    `export default own;`,
    ...exported[name].map((key) => `export const ${key} = own.${key};`),
  ].join("\n");
}
