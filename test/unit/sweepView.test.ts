import assert from "node:assert/strict";
import type { TrialRow } from "../../src/protocol/sweep";
import { type ParallelLine, parallelLayout, shortNumber } from "../../webview/plots/layout/parallel";
import { BEST_FIRST, merits, parseSorting, progressOf, sortBy, sorted } from "../../webview/sweep/rows";

const SIZE = { width: 320, height: 212, top: 100, side: 10 };

describe("parallel coordinates", () => {
  const axes = [
    { name: "rate", log: true },
    { name: "fast", log: false },
    { name: "val_loss", log: false },
  ];
  const lines: ParallelLine[] = [
    { id: "a", values: [0.001, true, 0.2] },
    { id: "b", values: [0.1, false, 0.4] },
    { id: "c", values: [0.01, true, undefined] },
    { id: "d", values: [0.01, undefined, 0.3] },
  ];
  const layout = parallelLayout(axes, lines, SIZE);

  it("stand at even distances, from side to side", () =>
    assert.deepEqual(
      layout.axes.map(({ x }) => x),
      [10, 160, 310],
    ));

  it("place numbers by their value or its logarithm, and choices at steps", () =>
    assert.deepEqual(layout.lines, [
      {
        id: "a",
        points: [
          [10, 200],
          [160, 100],
          [310, 200],
        ],
      },
      {
        id: "b",
        points: [
          [10, 100],
          [160, 200],
          [310, 100],
        ],
      },
      // Up to the first value that is missing; a single point is no line.
      {
        id: "c",
        points: [
          [10, 150],
          [160, 100],
        ],
      },
    ]));

  it("mark few values each, many by their ends and what lies between", () => {
    assert.deepEqual(layout.axes[0].ticks, [
      { y: 200, text: "0.001" },
      { y: 150, text: "0.01" },
      { y: 100, text: "0.1" },
    ]);
    assert.deepEqual(
      layout.axes[1].ticks.map(({ text }) => text),
      ["false", "true"],
    );
    const whole = Array.from({ length: 9 }, (_, i) => ({ id: String(i), values: [4 + i * i, i] }));
    assert.deepEqual(
      parallelLayout(axes.slice(1), whole, SIZE).axes[0].ticks.map(({ text }) => text),
      ["4", "25", "47", "68"],
    );
    const many = Array.from({ length: 31 }, (_, i) => ({ id: String(i), values: [i, i] }));
    const [{ ticks }] = parallelLayout(axes.slice(1), many, SIZE).axes;
    assert.deepEqual(
      ticks.map(({ text }) => text),
      ["0", "10", "20", "30"],
    );
  });

  it("leave out marks that would lie on each other, never the ends", () => {
    const close = [0, 1, 2, 50, 99, 100].map((value) => ({ id: String(value), values: [value, value] }));
    const [{ ticks }] = parallelLayout(axes.slice(1), close, SIZE).axes;
    assert.deepEqual(
      ticks.map(({ text }) => text),
      ["0", "50", "100"],
    );
  });

  it("stand a single value in the middle", () => {
    const [only] = parallelLayout(axes, [{ id: "a", values: [0.1, true, 3] }], SIZE).lines;
    assert.deepEqual(
      only.points.map(([, y]) => y),
      [150, 150, 150],
    );
  });

  const numbers: [value: number, text: string][] = [
    [0, "0"],
    [128, "128"],
    [0.001, "0.001"],
    [0.00001, "1e-5"],
    [0.000123, "1.23e-4"],
    [1234567, "1.23e+6"],
    [0.123456, "0.1235"],
  ];
  for (const [value, text] of numbers) it(`write ${value} as ${text}`, () => assert.equal(shortNumber(value), text));
});

describe("the Sweep panel's rows", () => {
  const row = (number: number, value: number | undefined, units: number, status: TrialRow["status"]): TrialRow => ({
    number,
    values: { units },
    run: `run-${number}`,
    status,
    ...(value === undefined ? {} : { best: { value, epoch: 1 } }),
    epoch: number,
    epochs: 5,
    seconds: 10 - number,
  });
  const rows = [
    row(1, 0.5, 64, "done"),
    row(2, undefined, 8, "waiting"),
    row(3, 0.2, 16, "running"),
    row(4, 0.9, 64, "pruned"),
  ];
  const cases: [column: string, descending: boolean, order: number[]][] = [
    ["metric", false, [3, 1, 4, 2]],
    ["metric", true, [4, 1, 3, 2]],
    ["trial", true, [4, 3, 2, 1]],
    ["set:units", false, [2, 3, 1, 4]],
    ["set:units", true, [1, 4, 3, 2]],
    ["seconds", false, [4, 3, 2, 1]],
    ["state", false, [1, 4, 3, 2]],
  ];
  for (const [column, descending, order] of cases)
    it(`sort by ${column}, ${descending ? "descending" : "ascending"}`, () =>
      assert.deepEqual(
        sorted(rows, { column, descending }, "lowest").map(({ number }) => number),
        order,
      ));

  it("ascend by another column that is clicked, and turn by the same", () => {
    const once = sortBy("trial", { column: "metric", descending: true });
    assert.deepEqual(once, { column: "trial", descending: false });
    assert.deepEqual(sortBy("trial", once), { column: "trial", descending: true });
  });

  it("keep how they were sorted, and begin with the best", () => {
    assert.deepEqual(parseSorting({ column: "trial", descending: true }), { column: "trial", descending: true });
    assert.deepEqual(parseSorting(undefined), BEST_FIRST);
    assert.deepEqual(parseSorting({ column: 3 }), BEST_FIRST);
  });

  it("tell the best by rank, and how many have ended", () => {
    assert.deepEqual(
      [...merits(rows, "lowest")],
      [
        [3, 1],
        [1, 0.5],
        [4, 0],
      ],
    );
    const state = { name: "s", recipe: "r", axes: [], search: "grid", metric: "m", goal: "lowest" } as const;
    const { ended, best } = progressOf({ ...state, axes: [], status: "running", rows });
    assert.equal(ended, 2);
    assert.equal(best?.number, 3);
  });
});
