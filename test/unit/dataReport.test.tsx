import assert from "node:assert/strict";
import { render } from "preact-render-to-string";
import type { Split, TrainingData } from "../../src/data";
import { digits } from "../../src/data";
import { classExtremes } from "../../src/protocol/dataReport";
import { formatEventLine, parseEventLine } from "../../src/protocol/events";
import { initialRunState, runReducer, stamp } from "../../src/protocol/reducer";
import { reportOf } from "../../src/runner/training/report";
import { FeatureTable, reportFacts } from "../../webview/training/DataReport";

const array = (rows: number[][]): Split["x"] => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});
const split = (x: number[][], y: number[][], raw?: number[][]): Split => ({
  x: array(x),
  y: array(y),
  ...(raw ? { raw: array(raw) } : {}),
});
const table: TrainingData = {
  train: split([[0, 1], [2, -3], [0.5, NaN]], [[1, 0], [0, 1], [0, 1]], [[10, 1], [12, NaN], [11, 0]]), // prettier-ignore
  validation: split([[2, -3], [2, 3]], [[1, 0], [0, 1]], [[12, NaN], [12, 4]]), // prettier-ignore
  test: split([[0, 1]], [[1, 0]], [[10, 9]]),
  classNames: ["no", "yes"],
  featureNames: ["age", "fare"],
  loading: { filled: 2, skipped: 1, problems: ["line 7 has 2 fields, not 3"] },
};

describe("the data report", () => {
  it("counts classes, gaps and duplicates, and finds ranges by the table's own numbers", () => {
    assert.deepEqual(reportOf(table), {
      range: [-3, 2],
      notNumbers: 1,
      duplicates: 2,
      classes: [[1, 2], [1, 1], [1, 0]], // prettier-ignore
      features: [
        { name: "age", range: [10, 12], missing: 0 },
        { name: "fare", range: [0, 9], missing: 2 },
      ],
      filled: 2,
      skipped: 1,
      problems: ["line 7 has 2 fields, not 3"],
    });
  });

  it("has the range of quantities, and no classes of them", () => {
    const data: TrainingData = {
      train: split([[1], [2]], [[5], [7]]),
      validation: split([[3]], [[6]]),
      targetNames: ["y"],
    };
    assert.deepEqual(reportOf(data), { range: [1, 2], notNumbers: 0, duplicates: 0, targets: [5, 7] });
    const nothing: TrainingData = { train: split([[NaN]], [[5]]), validation: split([[NaN]], [[6]]) };
    assert.deepEqual(reportOf(nothing).range, [NaN, NaN]);
  });

  it("finds a picture that was put into two splits", () => {
    const data = digits();
    const before = reportOf(data);
    assert.deepEqual([before.range, before.notNumbers], [[0, 1], 0]);
    assert.deepEqual(
      before.classes?.map((counts) => counts.reduce((sum, n) => sum + n)),
      [8000, 1000, 1000],
    );
    data.test?.x.data.set(data.train.x.data.subarray(4000 * 784, 4001 * 784), 17 * 784);
    assert.equal(reportOf(data).duplicates, (before.duplicates ?? 0) + 1);
  });

  it("passes through an event line, and older runs have none", () => {
    const event = { type: "data" as const, train: 3, validation: 2, inputShape: [2] };
    const written = parseEventLine(
      formatEventLine(stamp({ ...event, report: { ...reportOf(table), range: [NaN, NaN] } })),
    );
    assert.ok(written?.type === "data");
    assert.deepEqual(written.report?.range, [NaN, NaN]);
    assert.equal(runReducer(initialRunState, stamp(event)).data?.report, undefined);
  });

  it("names the classes of fewest and most examples", () => {
    assert.deepEqual(classExtremes(reportOf(table), table.classNames), {
      fewest: { name: "no", value: 1 },
      most: { name: "yes", value: 2 },
    });
    assert.equal(classExtremes({ range: [0, 1], notNumbers: 0, duplicates: 0 }), undefined);
  });

  it("is shown as facts and a table of features", () => {
    const report = reportOf(table);
    assert.deepEqual(
      reportFacts(report, table.classNames).map(([name, value]) => `${name}: ${value}`),
      [
        "Values: −3 to 2",
        "Examples of a class: 1 (no) to 2 (yes)",
        "Not numbers: 1",
        "Filled in: 2",
        "Left out: 1",
        "Duplicates: 2",
      ],
    );
    const html = render(<FeatureTable features={report.features ?? []} />);
    assert.match(
      html,
      /<th scope="row">fare<\/th><td class="number">0<\/td><td class="number">9<\/td><td class="number">2<\/td>/,
    );
  });
});
