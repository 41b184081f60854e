import assert from "node:assert/strict";
import { classScores } from "../../src/protocol/classification";
import type { NewRunEvent } from "../../src/protocol/events";
import { initialRunState, runReducer, stamp } from "../../src/protocol/reducer";
import { parseChoices } from "../../webview/training/choices";
import { formatCount } from "../../webview/training/format";
import { align, curveMetrics, curves, smooth, thin } from "../../webview/plots/layout/curves";
import { moved } from "../../webview/plots/ConfusionMatrix";
import { changesOf, formFields } from "../../webview/training/hyperparameterForm";
import { sortScores } from "../../webview/training/sortScores";

const batches = (epoch: number, firstStep: number, loss: number[]): NewRunEvent => ({
  type: "batches",
  epoch,
  epochs: 2,
  firstStep,
  batch: loss.length,
  batchesPerEpoch: loss.length,
  metrics: { accuracy: loss.map(() => 0.5), loss },
  examplesPerSecond: 1,
});
const epoch = (n: number, step: number, loss: number): NewRunEvent => ({
  type: "epoch",
  epoch: n,
  epochs: 2,
  step,
  seconds: 1,
  examplesPerSecond: 1,
  metrics: { loss, val_loss: loss + 1 },
});
const state = (...events: NewRunEvent[]) => events.map((event) => stamp(event, 1)).reduce(runReducer, initialRunState);

describe("training curves", () => {
  it("put loss first and take a metric and its validation for one", () => {
    assert.deepEqual(curveMetrics(state(batches(1, 1, [3, 2]), epoch(1, 2, 2.5))), ["loss", "accuracy"]);
    assert.deepEqual(curveMetrics(initialRunState), []);
  });

  it("run over batches, with validation at the steps where epochs end", () => {
    const set = curves(
      state(batches(1, 1, [3, 2]), epoch(1, 2, 2.5), batches(2, 3, [1, 0]), epoch(2, 4, 0.5)),
      "loss",
      "batch",
      0,
      100,
    );
    assert.deepEqual(set.train, { x: [1, 2, 3, 4], y: [3, 2, 1, 0] });
    assert.deepEqual(set.validation, { x: [2, 4], y: [3.5, 1.5] });
    assert.equal(set.smoothed, undefined);
    assert.equal(set.broken, undefined);
  });

  it("run over epochs", () => {
    const set = curves(state(batches(1, 1, [3, 2]), epoch(1, 2, 2.5)), "loss", "epoch", 0.9, 100);
    assert.deepEqual(set.train, { x: [1], y: [2.5] });
    assert.deepEqual(set.validation, { x: [1], y: [3.5] });
  });

  it("run from epoch to epoch where no batch has the metric", () => {
    const looked: NewRunEvent = { ...epoch(1, 2, 2.5), metrics: { diversity: 0.5 } } as NewRunEvent;
    const set = curves(state(batches(1, 1, [3, 2]), looked), "diversity", "batch", 0.9, 100);
    assert.deepEqual(set.train, { x: [2], y: [0.5] });
    assert.equal(set.smoothed, undefined);
  });

  it("leave a gap where a value is no number, and say where the first is", () => {
    const set = curves(
      state(batches(1, 1, [3, 2]), epoch(1, 2, 2), batches(2, 3, [1, Number.NaN, Infinity])),
      "loss",
      "batch",
      0.5,
      100,
    );
    assert.deepEqual(set.train.y, [3, 2, 1, null, null]);
    assert.deepEqual(set.smoothed?.y.slice(3), [null, null]);
    assert.deepEqual(set.broken, { value: Number.NaN, epoch: 2, batch: 2 });
  });

  it("are smoothed without a bias towards zero", () => {
    assert.deepEqual(
      smooth([5, 5, 5], 0.9).map((value) => value.toFixed(9)),
      ["5.000000000", "5.000000000", "5.000000000"],
    );
    // Weights 0.5 * 0.5 and 0.5, over 1 - 0.25.
    assert.ok(Math.abs(smooth([1, 4], 0.5)[1] - (0.25 * 1 + 0.5 * 4) / 0.75) < 1e-12);
    assert.ok(Math.abs(smooth([1, Number.NaN, 4], 0.5)[2] - 3) < 1e-12);
  });

  it("keep every peak when a million points are thinned out", () => {
    const y = Float64Array.from({ length: 1_000_000 }, () => 1);
    y[123_456] = 100;
    y[777_777] = -100;
    const points = thin(Array.from(y.keys()), Array.from(y), 800);
    assert.ok(points.x.length <= 800);
    assert.equal(points.y[points.x.indexOf(123_456)], 100);
    assert.equal(points.y[points.x.indexOf(777_777)], -100);
    assert.ok(points.x.every((x, i) => i === 0 || x > points.x[i - 1]));
  });

  it("stand on one axis", () => {
    assert.deepEqual(
      align([
        { x: [1, 3], y: [10, null] },
        { x: [2, 3], y: [20, 30] },
      ]),
      {
        x: [1, 2, 3],
        y: [
          [10, undefined, null],
          [undefined, 20, 30],
        ],
      },
    );
  });
});

describe("the training view", () => {
  it("sorts classes by any score, missing ones last", () => {
    const scores = classScores(
      [
        [1, 1, 0],
        [0, 4, 0],
        [0, 0, 0],
      ],
      ["a", "b", "c"],
    );
    const names = (by: "class" | "recall" | "support", descending: boolean) =>
      sortScores(scores, { by, descending })
        .map(({ name }) => name)
        .join("");
    assert.equal(names("recall", false), "abc");
    assert.equal(names("recall", true), "bac");
    assert.equal(names("support", true), "bac");
    assert.equal(names("class", true), "cba");
  });

  it("goes through a confusion matrix by keys, and not beyond it", () => {
    const way = (...keys: string[]) => keys.reduce((cell, key) => moved(cell, key, 3) ?? cell, { row: 0, column: 0 });
    assert.deepEqual(way("ArrowRight", "ArrowDown", "ArrowDown"), { row: 2, column: 1 });
    assert.deepEqual(way("ArrowLeft", "ArrowUp"), { row: 0, column: 0 });
    assert.deepEqual(way("End", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"), { row: 2, column: 2 });
    assert.deepEqual(way("End", "Home"), { row: 0, column: 0 });
    assert.equal(moved({ row: 0, column: 0 }, "a", 3), undefined);
  });

  it("takes kept choices only where they are whole", () => {
    const whole = { axis: "epoch", smoothing: 0.6, logarithmic: true, tree: 4, drafts: { epochs: "3" } };
    assert.deepEqual(parseChoices(whole), whole);
    for (const kept of [
      undefined,
      null,
      3,
      { axis: "z", smoothing: 7, logarithmic: "yes", tree: -1.5, drafts: { epochs: 3 } },
    ])
      assert.deepEqual(parseChoices(kept), { axis: "batch", smoothing: 0.9, logarithmic: false, tree: 0, drafts: {} });
  });

  const hyperparameters = { epochs: 10, rate: 0.001, fast: false, note: "plain" };
  const forms: [what: string, drafts: Record<string, string>, changes: Record<string, unknown> | undefined][] = [
    ["nothing typed", {}, {}],
    ["the same value, otherwise written", { rate: "1e-3" }, {}],
    [
      "values of each kind",
      { epochs: "3", rate: "0.5", fast: "true", note: "a b" },
      { epochs: 3, rate: 0.5, fast: true, note: "a b" },
    ],
    ["no number", { rate: "fast" }, undefined],
    ["nothing", { rate: " " }, undefined],
    ["epochs that are no whole number", { epochs: "2.5" }, undefined],
    ["no epochs", { epochs: "0" }, undefined],
    ["no text", { note: "" }, undefined],
    ["a name that the run lacks", { depth: "3" }, {}],
  ];
  for (const [what, drafts, changes] of forms)
    it(`makes of ${what} ${changes ? "what is to be changed" : "a problem"}`, () =>
      assert.deepEqual(changesOf(formFields(hyperparameters, drafts)), changes));

  it("writes counts shortly", () =>
    assert.deepEqual([999, 1234, 203402, 4.5e6, 2e9].map(formatCount), ["999", "1,234", "203 k", "4.50 M", "2.00 G"]));
});
