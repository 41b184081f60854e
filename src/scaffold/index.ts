/** From a template and answers to files, and from files to disk. No vscode. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { assetPath } from "../data/assets";
import { ideConfig } from "./ideConfig";

export { writeTypeSupport } from "./ideConfig";

export const TEMPLATES = [
  {
    id: "digits",
    title: "Handwritten digits",
    description: "A multilayer perceptron (784-128-10) on 10,000 real 28x28 images",
  },
  {
    id: "transfer",
    title: "Transfer learning",
    description:
      "MobileNetV2 as a frozen base with a new head on 908 small colour pictures, then fine-tuned if you like",
  },
] as const;
export type TemplateId = (typeof TEMPLATES)[number]["id"];

export const LANGUAGES = ["typescript", "javascript"] as const;
export type RecipeLanguage = (typeof LANGUAGES)[number];

/** A file to write; `path` is relative to the recipe's folder. */
export interface ScaffoldFile {
  path: string;
  content: string;
}

/**
 * The files of a recipe, the recipe itself first. The JavaScript form is the TypeScript one without its types.
 */
export async function scaffold(template: TemplateId, language: RecipeLanguage): Promise<ScaffoldFile[]> {
  const source = await readFile(path.join(assetPath("templates"), template, "train.ts"), "utf8");
  if (language === "typescript") return [{ path: "train.ts", content: source }, ideConfig("tsconfig.json")];
  const { toJavaScript } = await import("./stripTypes");
  const content = toJavaScript(source, "train.ts").replaceAll("train.ts", "train.js");
  return [{ path: "train.js", content }, ideConfig("jsconfig.json")];
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
  const { readdir } = await import("node:fs/promises");
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeEmpty(path.join(folder, entry.name));
  }
  await rmdir(folder).catch(() => undefined);
}
