import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  type RecipeLanguage,
  TEMPLATES,
  type Template,
  existingFiles,
  scaffold,
  writeScaffold,
  writeTypeSupport,
} from "../../src/scaffold";
import { stripTypes } from "../../src/scaffold/stripTypes";

describe("scaffolding", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const inLanguage = (language: RecipeLanguage): Template[] =>
    (TEMPLATES as readonly Template[]).filter(({ languages }) => languages.includes(language));

  const forms = inLanguage("typescript").flatMap(({ id, bases }): { id: string; base?: string }[] =>
    bases ? bases.map((base) => ({ id, base: base.id })) : [{ id }],
  );
  for (const { id, base } of forms) {
    it(`${id}${base === undefined ? "" : ` on ${base}`}: the JavaScript form is the TypeScript one without its types`, async () => {
      const [typescript] = await scaffold(id, "typescript", base);
      const [javascript] = await scaffold(id, "javascript", base);
      assert.equal(typescript.path, "train.ts");
      assert.equal(javascript.path, "train.js");
      assert.doesNotMatch(javascript.content, /: tf\.LayersModel|TrainingData|train\.ts|\btype\b/);
      assert.doesNotMatch(javascript.content, /[ \t]+$/m);
      const comments = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("//"));
      assert.deepEqual(
        comments(javascript.content),
        comments(typescript.content).map((line) => line.replace("train.ts", "train.js")),
      );
    });
  }

  it("has a form in each language that the list names, and in no other", async () => {
    const recipes: Record<RecipeLanguage, string> = {
      typescript: "train.ts",
      javascript: "train.js",
      python: "train.py",
    };
    for (const { id, languages } of TEMPLATES as readonly Template[]) {
      for (const [language, file] of Object.entries(recipes) as [RecipeLanguage, string][]) {
        if (languages.includes(language)) assert.equal((await scaffold(id, language))[0].path, file, id);
        else await assert.rejects(scaffold(id, language), RangeError);
      }
    }
  });

  it("writes the base that is asked for, by default the bundled one", async () => {
    const recipe = async (base?: string): Promise<string> =>
      (await scaffold("transfer", "typescript", base))[0].content;
    assert.match(await recipe("vgg16"), /vgg16\(/);
    assert.equal(await recipe(), await recipe("mobilenetv2"));
    await assert.rejects(recipe("resnet"), RangeError);
    await assert.rejects(scaffold("digits", "typescript", "vgg16"), RangeError);
  });

  it("writes all files, and says which were there before", async () => {
    const files = await scaffold("digits", "typescript");
    const target = path.join(folder, "new", "recipe");
    assert.deepEqual(existingFiles(target, files), []);
    await writeScaffold(target, files);
    assert.deepEqual(
      existingFiles(target, files),
      files.map((file) => file.path),
    );
    for (const file of files) assert.equal(readFileSync(path.join(target, file.path), "utf8"), file.content);
    assert.deepEqual(readdirSync(target).sort(), files.map((file) => file.path).sort(), "nothing is left beside");
  });

  it("leaves nothing behind when it fails half way", async () => {
    const files = [
      { path: "a.ts", content: "a" },
      { path: "deep/er/b.ts", content: "b" },
      { path: "taken/c.ts", content: "c" },
    ];
    const target = path.join(folder, "fresh");
    mkdirSync(target);
    writeFileSync(path.join(target, "taken"), "a file where a folder is needed");
    await assert.rejects(writeScaffold(target, files), /ENOTDIR|EEXIST/);
    assert.deepEqual(readdirSync(target), ["taken"]);

    const absent = path.join(folder, "absent");
    await assert.rejects(
      writeScaffold(absent, [...files.slice(0, 1), { path: "a.ts/b.ts", content: "" }, { path: "\0", content: "" }]),
    );
    assert.equal(existsSync(absent), false);
  });

  it("gives replaced files back when it fails at the last step", async () => {
    writeFileSync(path.join(folder, "a.ts"), "old");
    mkdirSync(path.join(folder, "b.ts", "full"), { recursive: true });
    mkdirSync(path.join(folder, `b.ts.${process.pid}.old`, "in the way"), { recursive: true });
    const files = [
      { path: "a.ts", content: "new" },
      { path: "b.ts", content: "new" },
    ];
    await assert.rejects(writeScaffold(folder, files));
    assert.equal(readFileSync(path.join(folder, "a.ts"), "utf8"), "old");
    assert.ok(existsSync(path.join(folder, "b.ts", "full")));
    assert.equal(existsSync(path.join(folder, `a.ts.${process.pid}.old`)), false);
  });

  it("tells the editor where the types are, only where the recipe asks for it", async () => {
    await writeTypeSupport(folder);
    assert.deepEqual(readdirSync(folder), []);
    await writeScaffold(folder, await scaffold("digits", "javascript"));
    await writeTypeSupport(folder);
    const { compilerOptions } = JSON.parse(readFileSync(path.join(folder, ".trainlens", "tsconfig.json"), "utf8")) as {
      compilerOptions: { paths: Record<string, string[]> };
    };
    const [types] = compilerOptions.paths["trainlens/data"];
    assert.ok(existsSync(path.join(types, "index.d.ts")), types);
    assert.equal(readFileSync(path.join(folder, ".trainlens", ".gitignore"), "utf8"), "*\n");
  });

  it("keeps every statement on its line and names the place of a slip", () => {
    assert.equal(
      stripTypes("const a: number = 1;\n\ntype B = string;\nexport const c = a as number;", "x.ts").split("\n").length,
      4,
    );
    assert.throws(() => stripTypes("let a = 1;\nlet b = ;", "x.ts"), /^SyntaxError: x\.ts:2:\d+: /);
  });
});
