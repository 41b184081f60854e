/** Tables that other programs wrote, and broken ones. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type CsvOptions, DataError, type TrainingData, csv } from "../../src/data";
import { Problems } from "../../src/data/problems";
import { inRecipeFolder } from "../../src/data/recipeFolder";
import { MISSING_TEXTS, readColumns, readTable } from "../../src/data/table/columns";
import { fitFeatures } from "../../src/data/table/features";
import { decodeText, findDelimiter, parseRecords } from "../../src/data/table/parse";

const FIXTURES = path.join("test", "fixtures", "tables");
const expected = JSON.parse(readFileSync(path.join(FIXTURES, "expected.json"), "utf8")) as {
  read: Record<string, string[][]>;
  gaps: { names: string[]; x: number[][]; missing: number };
};

describe("csv", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = (text: string | Uint8Array, options: CsvOptions): TrainingData => {
    const file = path.join(folder, "table.csv");
    writeFileSync(file, text);
    return csv(file, options);
  };
  /** Rows of two features and a class, enough of each for three splits. */
  const rows = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${i},${(i * 7) % 11},${i % 3 === 0 ? "red" : "blue"}`);
  const table = (...lines: string[]): string => ["a,b,colour", ...lines].join("\n") + "\n";
  const refused = (
    text: string | Uint8Array,
    message: RegExp,
    advice: RegExp,
    options: Partial<CsvOptions> = {},
  ): void =>
    assert.throws(
      () => load(text, { target: "colour", ...options }),
      (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, message);
        assert.match(error.advice ?? "", advice);
        return true;
      },
    );

  for (const [file, records] of Object.entries(expected.read))
    it(`reads ${file} as Python's csv module does`, () => {
      const text = decodeText(readFileSync(path.join(FIXTURES, file)), file);
      const read = parseRecords(text, findDelimiter(text, file), file);
      assert.deepEqual(
        read.map(({ fields }) => fields),
        records,
      );
      assert.deepEqual(
        read.map(({ line }) => line),
        [1, 2, 3, 5, 6, 7],
      );
    });

  it("fills, standardises and encodes as scikit-learn does", () => {
    const records = parseRecords(readFileSync(path.join(FIXTURES, "gaps.csv"), "utf8"), ",", "gaps.csv");
    const problems = new Problems("gaps.csv", "rows", "refuse");
    const reading = {
      missingTexts: new Set<string>(MISSING_TEXTS),
      categories: new Set<string>(),
      decimal: "." as const,
    };
    const read = readTable(records, true, "gaps.csv", problems);
    const columns = readColumns(read, read.names.slice(0, -1), reading, problems);
    const all = read.records.map((_, row) => row);
    const fitted = fitFeatures(columns, all);
    assert.deepEqual(fitted.names, expected.gaps.names);
    assert.equal(fitted.filled, expected.gaps.missing);
    const { x, raw } = fitted.take(all);
    assert.deepEqual(x.shape, [60, expected.gaps.names.length]);
    expected.gaps.x
      .flat()
      .forEach((value, i) => assert.ok(Math.abs(x.data[i] - value) < 1e-5, `${i}: ${x.data[i]}, ${value}`));
    assert.equal(raw?.data[0], 70);
    assert.ok(Number.isNaN(raw?.data[2]), "the port of the first row is missing");
  });

  it("learns medians, means and categories from the training rows alone", () => {
    const data = load(table(...rows(90)), { target: "colour" });
    const width = data.featureNames?.length ?? 0;
    const { x, raw } = data.train;
    for (let k = 0; k < width; k++) {
      const column = Array.from({ length: x.shape[0] }, (_, n) => x.data[n * width + k]);
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      assert.ok(Math.abs(mean) < 1e-5, `mean ${mean}`);
      assert.ok(Math.abs(column.reduce((sum, value) => sum + value ** 2, 0) / column.length - 1) < 1e-4);
    }
    const sizes = [data.train, data.validation, data.test].map((split) => split?.x.shape[0]);
    assert.deepEqual(sizes, [62, 14, 14]);
    const seen = [data.train, data.validation, data.test].flatMap((split) =>
      Array.from({ length: split?.x.shape[0] ?? 0 }, (_, n) => split?.raw?.data[n * width]),
    );
    assert.deepEqual(
      seen.map(Number).sort((a, b) => a - b),
      Array.from({ length: 90 }, (_, i) => i),
      "each row is in one split, with its raw values",
    );
    assert.ok(raw);
  });

  it("gives a category that no training row has zeros in all its columns", () => {
    const lines = Array.from({ length: 60 }, (_, i) => `${i},${i % 2 ? "x" : "y"},${i % 3 ? "red" : "blue"}`);
    const split = { seed: 3 };
    const first = load(table(...lines), { target: "colour", split });
    const rare = first.test?.raw?.data[0] ?? -1;
    lines[rare] = lines[rare].replace(/,[xy],/, ",rare,");
    const data = load(table(...lines), { target: "colour", split });
    assert.deepEqual(data.featureNames, ["a", "b: x", "b: y"]);
    assert.deepEqual([...(data.test?.x.data.subarray(1, 3) ?? [])], [0, 0]);
  });

  it("finds what the target is, and takes it from the recipe", () => {
    const numbers = Array.from({ length: 40 }, (_, i) => `${i},${i % 2},${i * 1.5}`);
    const quantity = load(["a,b,c", ...numbers].join("\n"), { target: "c" });
    assert.deepEqual([quantity.targetNames, quantity.classNames, quantity.train.y.shape], [["c"], undefined, [28, 1]]);
    const classes = load(["a,b,c", ...numbers].join("\n"), { target: "b" });
    assert.deepEqual([classes.classNames, classes.train.y.shape[1]], [["0", "1"], 2]);
    const asked = load(["a,b,c", ...numbers].join("\n"), { target: "b", task: "regression", ignore: ["c"] });
    assert.deepEqual([asked.targetNames, asked.featureNames], [["b"], ["a"]]);
    const named = load(numbers.join("\n"), {
      target: "column 2",
      header: false,
      categories: ["column 1"],
      features: ["column 1"],
    });
    assert.equal(named.featureNames?.[0], "column 1: 0");
    refused(table(...rows(30)), /holds texts, not quantities/, /task: "classification"/, { task: "regression" });
  });

  it("gives every class its share of every split, the same for the same seed", () => {
    const data = load(table(...rows(90)), { target: "colour" });
    const count = (y: TrainingData["train"]["y"] | undefined): number[] =>
      [0, 1].map((k) => Array.from(y?.data ?? []).filter((value, i) => i % 2 === k && value === 1).length);
    assert.deepEqual(data.classNames, ["blue", "red"]);
    assert.deepEqual(count(data.train.y), [42, 20]);
    assert.deepEqual(count(data.validation.y), [9, 5]);
    assert.deepEqual(count(data.test?.y), [9, 5]);
    assert.deepEqual(load(table(...rows(90)), { target: "colour" }), data);
    assert.notDeepEqual(load(table(...rows(90)), { target: "colour", split: { seed: 7 } }).train, data.train);
  });

  it("refuses missing values, fills them, or skips their rows, as asked", () => {
    const gaps = table(...rows(60), "61,,red", "62,5,", "?,5,red");
    refused(gaps, /1 in "colour", 1 in "a", 1 in "b"/, /missing: "fill"/);
    const filled = load(gaps, { target: "colour", missing: "fill" });
    assert.deepEqual(filled.loading, { filled: 2, skipped: 1 });
    const skipped = load(gaps, { target: "colour", missing: "skip" });
    assert.deepEqual(skipped.loading, { skipped: 3 });
    const total = (data: TrainingData): number =>
      data.train.x.shape[0] + data.validation.x.shape[0] + (data.test?.x.shape[0] ?? 0);
    assert.deepEqual([total(filled), total(skipped)], [62, 60]);
  });

  it("names broken rows with their lines, and skips them only where the recipe says so", () => {
    const broken = table(...rows(60), "1,2", "1,abc,red", '"1",2,red,4');
    refused(
      broken,
      /3 rows that cannot be used: line 62 has 2 fields, not 3; line 64 has 4 fields, not 3; line 63 has "abc" in b/,
      /onBroken: "skip"/,
    );
    const data = load(broken, { target: "colour", onBroken: "skip" });
    assert.equal(data.loading?.skipped, 3);
    assert.equal(data.loading.problems?.length, 3);
  });

  it("finds paths from the recipe's folder, across awaits", async () => {
    writeFileSync(path.join(folder, "t.csv"), table(...rows(30)));
    const name = await inRecipeFolder(folder, async () => {
      await Promise.resolve();
      return csv("./t.csv", { target: "colour" }).name;
    });
    assert.equal(name, "t");
    assert.throws(() => csv("./t.csv", { target: "colour" }), /There is no .*t\.csv/);
  });

  it("says what is wrong with a file, and what to do", () => {
    const cases: [text: string | Uint8Array, message: RegExp, advice: RegExp, options?: Partial<CsvOptions>][] = [
      ["", /no columns/, /delimiter/],
      ["", /nothing in it/, /header and rows/, { delimiter: "," }],
      ["a,b,colour\n", /a header and no rows/, /header and rows/],
      ["a,a,colour\n1,2,red\n", /two columns named "a"/, /name of its own/],
      [table(...rows(9)).replace("colour", "hue"), /no column "colour"/, /"a", "b", "hue"/],
      [table(...rows(9)), /no column "x"/, /"colour"/, { ignore: ["x"] }],
      [table(...rows(9)), /left to learn from/, /Its columns/, { ignore: ["a", "b"] }],
      ['a,b,colour\n1,"2,red\n3,4,blue\n', /line 2: a quote is opened and never closed/, /Close it/],
      [Uint8Array.from([0x61, 0x2c, 0xff, 0xfe]), /not text in UTF-8/, /Save it as CSV/],
      [Uint8Array.from([0x61, 0x2c, 0, 0]), /zero bytes/, /Save it as CSV/],
      [table(...rows(30).map((row) => row.replace(/red|blue/, "red"))), /"red" in every row/, /differs/],
      [table("1,2,red", "3,4,blue"), /too few/, /more examples/],
      [table(...rows(30)), /cannot be made/, /shares between 0 and 1/, { split: { validation: 0.6, test: 0.5 } }],
      [
        table(...rows(60).map((row, i) => `id${i}${row.slice(row.indexOf(","))}`)),
        /60 different texts/,
        /ignore: \["a"\]/,
      ],
      [
        ["a;b;colour", ...Array.from({ length: 60 }, (_, i) => `${i},5;1;${i % 2 ? "x" : "y"}`)].join("\n"),
        /60 different texts/,
        /decimal: ","/,
      ],
      [table(...rows(9).map((row) => row.replace(/\d+,/, ","))), /missing values: 9 in "a"/, /fill/],
    ];
    for (const [text, message, advice, options] of cases) refused(text, message, advice, options);
    assert.throws(() => csv(folder, { target: "x" }), /is a folder, not a file/);
  });
});
