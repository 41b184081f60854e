import assert from "node:assert/strict";
import { render } from "preact-render-to-string";
import { type Compared, largestRecallChange } from "../../src/protocol/comparison";
import { type NewRunEvent, formatEventLine, parseEventLine } from "../../src/protocol/events";
import { initialRunState, runReducer, stamp } from "../../src/protocol/reducer";
import { comparisonOf, comparisonSink } from "../../src/runner/comparison";
import { Comparison } from "../../webview/training/Comparison";

const hyperparameters = { epochs: 2, augment: true, made: 3 };
const scores = (accuracy: number, confusion: number[][]): Compared["compared"] => ({
  metrics: { accuracy },
  confusion,
});
const compared: Compared = {
  type: "compared",
  hyperparameters: { augment: false },
  split: "test",
  classNames: ["cat", "dog"],
  compared: scores(0.5, [[4, 0], [3, 1]]), // prettier-ignore
  asTrained: scores(0.75, [[3, 1], [0, 4]]), // prettier-ignore
};

describe("a comparison", () => {
  it("is of what differs, and of nothing where that is off or the same", () => {
    const of = (compare: Record<string, boolean | number>, own = {}) =>
      comparisonOf({ compare, hyperparameters: { ...hyperparameters, ...own } })?.hyperparameters;
    assert.deepEqual(of({ augment: false, made: 3 }), { augment: false });
    assert.equal(of({ augment: false }, { augment: false }), undefined);
    assert.equal(of({ augment: false }, { compare: false }), undefined);
    assert.equal(comparisonOf({ hyperparameters }), undefined);
    assert.throws(() => of({ other: 1 }), /"other", which is none of its hyperparameters/);
    assert.throws(() => of({ made: false }), /to a boolean; the hyperparameter is a number/);
    const own = { trainStep: () => ({ gradients: {}, metrics: {} }) };
    assert.throws(() => comparisonOf({ compare: { made: 0 }, hyperparameters, own }), /no scores on held-out data/);
  });

  it("tells of epochs and scores, and of nothing else but warnings", () => {
    const events: NewRunEvent[] = [];
    const sink = (event: NewRunEvent): unknown => events.push(event);
    const comparison = comparisonOf({ compare: { augment: false }, hyperparameters });
    assert.ok(comparison);
    const evaluation = { type: "evaluation", split: "test", metrics: { loss: 1 } } as const;
    comparison.watch(sink)(evaluation);
    const aside = comparisonSink(comparison, sink);
    aside({ type: "checkpoint", epoch: 1, batch: 0, step: 3 });
    aside({ type: "log", level: "info", message: "no" });
    aside({ type: "log", level: "warning", message: "yes" });
    aside({ ...evaluation, metrics: { loss: 2 } });
    assert.deepEqual(events.map(({ type }) => type), ["evaluation", "log", "compared"]); // prettier-ignore
    const last = events[2];
    assert.ok(last.type === "compared");
    assert.deepEqual([last.asTrained.metrics, last.compared.metrics], [{ loss: 1 }, { loss: 2 }]);
  });

  it("passes through an event line, and is over once training goes on", () => {
    const event = stamp(compared, 5);
    assert.deepEqual(parseEventLine(formatEventLine(event)), event);
    const state = runReducer(initialRunState, event);
    assert.equal(state.comparison?.type, "compared");
    const batches = { type: "batches", epoch: 1, epochs: 1, firstStep: 1, batch: 1, batchesPerEpoch: 1 } as const;
    const next = runReducer(state, stamp({ ...batches, metrics: { loss: [1] }, examplesPerSecond: 1 }, 6));
    assert.equal(next.comparison, undefined);
  });

  it("names the class whose recall differs most", () => {
    assert.deepEqual(largestRecallChange(compared), { name: "dog", compared: 0.25, asTrained: 1 });
    assert.equal(largestRecallChange({ ...compared, compared: compared.asTrained }), undefined);
    assert.equal(largestRecallChange({ ...compared, compared: { metrics: {} } }), undefined);
  });

  it("is shown while it trains, and as a table when it is done", () => {
    const running = {
      type: "comparison",
      hyperparameters: { augment: false },
      epoch: 3,
      epochs: 40,
      metrics: {},
    } as const;
    assert.match(
      render(<Comparison comparison={stamp(running) as typeof running & { time: number }} />),
      /augment=false.*3.*40/,
    );
    const html = render(<Comparison comparison={stamp(compared) as Compared & { time: number }} />);
    assert.match(html, /augment=false/);
    assert.match(html, /50\.00 %.*75\.00 %/s);
    assert.match(html, /Recall of dog.*25\.0 %.*100\.0 %/s);
  });
});
