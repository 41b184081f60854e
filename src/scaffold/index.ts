/** From a template and answers to files, and from files to disk. No vscode. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { assetPath } from "../data/assets";
import { ideConfig } from "./ideConfig";
import { type RecipeLanguage, templateOf } from "./templateList";

export { writeTypeSupport } from "./ideConfig";

export { type DataRecipeLanguage, recipeFromData, templatesFor } from "./fromData";
export { LANGUAGES, TEMPLATES, templateOf } from "./templateList";
export type { BesideFile, RecipeLanguage, Template, TemplateBase, TemplateId } from "./templateList";

/** A file to write; `path` is relative to the recipe's folder. */
export interface ScaffoldFile {
  path: string;
  content: string | Uint8Array;
}

/** The recipe itself, and what lies beside it. */
export type Scaffold = [recipe: { path: string; content: string }, ...beside: ScaffoldFile[]];

/**
 * The files of a recipe, the recipe itself first. The JavaScript form is the TypeScript one without its types.
 *
 * @param base the pretrained base, of a template that has several; by default the first.
 * @throws RangeError where there is no such template, or none in that language or on that base.
 */
export async function scaffold(id: string, language: RecipeLanguage, base?: string): Promise<Scaffold> {
  const template = templateOf(id);
  if (!template.languages.includes(language)) throw new RangeError(`The template "${id}" has no ${language} form.`);
  const form = template.bases?.find((each) => base === undefined || each.id === base);
  if (base !== undefined && !form) throw new RangeError(`The template "${id}" has no base "${base}".`);
  const folder = path.join(assetPath("templates"), id);
  const read = (file: string): Promise<string> => readFile(path.join(folder, file), "utf8");
  if (language === "python") {
    const beside = (template.pythonFiles ?? []).map(async ({ asset, path: name }) => {
      return { path: name, content: await readFile(assetPath(asset)) };
    });
    return [{ path: "train.py", content: await read("train.py") }, ...(await Promise.all(beside))];
  }
  const source = await read(`${form?.recipe ?? "train"}.ts`);
  const data = await dataFiles(path.join(assetPath("templates"), template.dataOf ?? id));
  if (language === "typescript") return [{ path: "train.ts", content: source }, ideConfig("tsconfig.json"), ...data];
  const { toJavaScript } = await import("./stripTypes");
  const content = toJavaScript(source, "train.ts").replaceAll("train.ts", "train.js");
  return [{ path: "train.js", content }, ideConfig("jsconfig.json"), ...data];
}

/** The text files in a template's data folder, where it has one: they come along. */
async function dataFiles(template: string): Promise<ScaffoldFile[]> {
  const folder = path.join(template, "data");
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => ({ path: `data/${name}`, content: await readFile(path.join(folder, name), "utf8") })),
  );
}

/** Those of the files that are there already, as paths relative to the folder. */
export function existingFiles(folder: string, files: readonly ScaffoldFile[]): string[] {
  return files.map((file) => file.path).filter((file) => existsSync(path.join(folder, file)));
}

/**
 * Writes all files or none: each is written beside its place first, and put there once all are on disk.
 * Replaces what is there; ask `existingFiles` before.
 *
 * @throws the file system's error; what this call had made is removed again.
 */
export async function writeScaffold(folder: string, files: readonly ScaffoldFile[]): Promise<void> {
  const targets = files.map((file) => {
    const target = path.join(folder, file.path);
    return {
      target,
      beside: `${target}.${process.pid}.tmp`,
      kept: `${target}.${process.pid}.old`,
      content: file.content,
    };
  });
  const made: string[] = [];
  const placed: (typeof targets)[number][] = [];
  try {
    for (const { target, beside, content } of targets) {
      const first = await mkdir(path.dirname(target), { recursive: true });
      if (first !== undefined) made.push(first);
      await writeFile(beside, content);
    }
    for (const entry of targets) {
      if (existsSync(entry.target)) await rename(entry.target, entry.kept);
      placed.push(entry);
      await rename(entry.beside, entry.target);
    }
  } catch (error) {
    for (const { target, kept } of placed) {
      await rm(target, { force: true });
      if (existsSync(kept)) await rename(kept, target);
    }
    for (const { beside } of targets) await rm(beside, { force: true }).catch(() => undefined);
    for (const created of made.reverse()) await removeEmpty(created);
    throw error;
  }
  for (const { kept } of targets) await rm(kept, { force: true });
}

/** Removes a folder that this call has made, with the empty ones in it. */
async function removeEmpty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeEmpty(path.join(folder, entry.name));
  }
  await rmdir(folder).catch(() => undefined);
}
