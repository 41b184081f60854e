/** Every text that a user reads has its Chinese one, and every Chinese one is read. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const LANGUAGE = "zh-cn";

interface Found {
  text: string;
  where: string;
}

/** The first arguments of `vscode.l10n.t(…)` and `t(…)`. */
function textsOf(file: string): { literals: Found[]; computed: string[] } {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const literals: Found[] = [];
  const computed: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(^|\bl10n\.)t$/.test(node.expression.getText(source))) {
      const where = `${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
      const [first] = node.arguments;
      if (first && ts.isStringLiteralLike(first)) literals.push({ text: first.text, where });
      else computed.push(where);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { literals, computed };
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.join(folder, file));
}

function json(file: string): Record<string, string> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe("translations", () => {
  const found = [...sources("src"), ...sources("webview")].map(textsOf);
  const literals = found.flatMap((file) => file.literals);
  const bundle = json(`l10n/bundle.l10n.${LANGUAGE}.json`);
  const english = json("package.nls.json");
  const translated = json(`package.nls.${LANGUAGE}.json`);

  it("find texts to translate", () => assert.ok(literals.length > 50, `${literals.length} texts`));

  it("are asked for by literals, which a translator can find", () =>
    assert.deepEqual(
      found.flatMap((file) => file.computed),
      [],
    ));

  it("exist for every text in the code", () =>
    assert.deepEqual(
      literals.filter(({ text }) => !bundle[text]),
      [],
    ));

  it("are of no text that is gone", () => {
    const used = new Set(literals.map(({ text }) => text));
    assert.deepEqual(
      Object.keys(bundle).filter((text) => !used.has(text)),
      [],
    );
  });

  it("keep the placeholders", () => {
    const pairs = [...Object.entries(bundle), ...Object.entries(english).map(([key, text]) => [text, translated[key]])];
    for (const [text, translation] of pairs) assert.deepEqual(placeholders(translation), placeholders(text), text);
  });

  it("exist for every key of package.nls.json, and for no other", () =>
    assert.deepEqual(Object.keys(translated).sort(), Object.keys(english).sort()));

  it("cover the keys that package.json names", () => {
    const named = [...readFileSync("package.json", "utf8").matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]);
    assert.deepEqual([...new Set(named)].sort(), Object.keys(english).sort());
  });
});
