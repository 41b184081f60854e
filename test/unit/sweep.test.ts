import assert from "node:assert/strict";
import seedrandom from "seedrandom";
import { medianStopping } from "../../src/protocol/medianStopping";
import { initialRunState } from "../../src/protocol/reducer";
import type { Hyperparameter } from "../../src/protocol/runManifest";
import {
  type Axis,
  type AxisProblem,
  axisText,
  countless,
  gridPoints,
  gridValues,
  parseAxis,
  proposedAxis,
  randomPoints,
} from "../../src/protocol/searchSpace";
import {
  type Outcome,
  type Sweep,
  type TrialRun,
  bestFirst,
  goalOf,
  sweepStatus,
  trialRows,
} from "../../src/protocol/sweep";
import { UsageError, UserError } from "../../src/runner/errors";
import { type SweepRequest, defineSweep, sameSweep } from "../../src/runner/sweep/define";
import { type SweepWork, type TrialEnd, runSweep } from "../../src/runner/sweep/schedule";

const range = (low: number, high: number, rest: Partial<Extract<Axis, { kind: "range" }>> = {}): Axis => ({
  kind: "range",
  low,
  high,
  log: false,
  whole: false,
  ...rest,
});

describe("an axis of a sweep", () => {
  const axes: [text: string, example: Hyperparameter, axis: Axis | AxisProblem][] = [
    ["0.1,0.01", 1, { kind: "choices", values: [0.1, 0.01] }],
    [" 1e-3 , 2 ", 5, { kind: "choices", values: [0.001, 2] }],
    ["true,false", true, { kind: "choices", values: [true, false] }],
    ["adam,sgd", "adam", { kind: "choices", values: ["adam", "sgd"] }],
    ["a..b", "text", { kind: "choices", values: ["a..b"] }],
    ["32..256", 64, range(32, 256, { whole: true })],
    ["32..256", 0.5, range(32, 256)],
    ["0.5..4", 2, range(0.5, 4)],
    ["-3..-1", 2, range(-3, -1, { whole: true })],
    ["1e-4..0.1:log", 0.01, range(1e-4, 0.1, { log: true })],
    ["32..256:4", 64, range(32, 256, { whole: true, count: 4 })],
    ["1e-4..0.1:log:4", 0.01, range(1e-4, 0.1, { log: true, count: 4 })],
    ["", 1, "empty"],
    ["1,,2", 1, "empty"],
    ["one", 1, "number"],
    ["Infinity", 1, "number"],
    ["1..x", 1, "number"],
    ["yes", true, "boolean"],
    ["5..5", 1, "order"],
    ["9..5", 1, "order"],
    ["0..5:log", 1, "logarithm"],
    ["1..5:1", 1, "count"],
    ["1..5:lin", 1, "range"],
    ["1,2,1.0", 1, "twice"],
  ];
  for (const [text, example, axis] of axes)
    it(`is read from "${text}" beside ${String(example)}`, () => {
      const parsed = parseAxis(text, example);
      assert.deepEqual(parsed, axis);
      if (typeof parsed !== "string") assert.deepEqual(parseAxis(axisText(parsed), example), parsed);
    });

  const grids: [text: string, example: Hyperparameter, values: Hyperparameter[] | undefined][] = [
    ["3,1,2", 1, [3, 1, 2]],
    ["32..256", 1, undefined],
    ["0..3:4", 0.5, [0, 1, 2, 3]],
    ["0.001..1:log:4", 0.5, [0.001, 0.01, 0.1, 1]],
    ["1..1024:log:3", 1, [1, 32, 1024]],
    ["1..2:5", 1, [1, 2]],
  ];
  for (const [text, example, values] of grids)
    it(`gives a grid ${values ? values.length : "no"} values of ${text}`, () => {
      const axis = parseAxis(text, example);
      assert.ok(typeof axis !== "string");
      assert.deepEqual(gridValues(axis), values);
    });

  const proposals: [name: string, value: Hyperparameter, text: string | undefined][] = [
    ["learningRate", 0.001, "0.0001..0.01:log:3"],
    ["hiddenUnits", 128, "64,128,256"],
    ["dropout", 0.5, "0,0.25,0.5,0.75"],
    ["augment", true, "true,false"],
    ["epochs", 10, undefined],
    ["fineTuneEpochs", 2, undefined],
    ["note", "plain", undefined],
    ["clip", 2.5, "1.25..5:3"],
    ["shift", 0, undefined],
  ];
  for (const [name, value, text] of proposals)
    it(`is proposed for ${name} = ${String(value)}`, () => {
      assert.equal(proposedAxis(name, value), text);
      if (text !== undefined) assert.equal(typeof parseAxis(text, value), "object");
    });
});

describe("the points of a search", () => {
  it("are every combination in a grid, the last axis fastest", () =>
    assert.deepEqual(
      gridPoints({ a: { kind: "choices", values: [1, 2] }, b: { kind: "choices", values: ["x", "y"] } }),
      [
        { a: 1, b: "x" },
        { a: 1, b: "y" },
        { a: 2, b: "x" },
        { a: 2, b: "y" },
      ],
    ));

  const draw = (seed: string): (() => number) => seedrandom.alea(seed);
  const space = {
    rate: range(1e-4, 1e-1, { log: true }),
    units: range(1, 4, { whole: true }),
    share: range(0.25, 0.75),
    on: { kind: "choices" as const, values: [true, false] },
  };

  it("repeat with the seed at random, and more begin with the same", () => {
    const few = randomPoints(space, 5, draw("1"));
    assert.deepEqual(randomPoints(space, 50, draw("1")).slice(0, 5), few);
    assert.notDeepEqual(randomPoints(space, 5, draw("2")), few);
  });

  it("lie in their ranges, whole numbers and decades evenly", () => {
    const points = randomPoints(space, 4000, draw("3"));
    assert.equal(points.length, 4000);
    const share = (test: (point: (typeof points)[number]) => boolean): number => points.filter(test).length / 4000;
    assert.ok(points.every(({ rate, share: s }) => Number(rate) >= 1e-4 && Number(rate) <= 0.1 && Number(s) <= 0.75));
    for (const units of [1, 2, 3, 4]) assert.ok(Math.abs(share((point) => point.units === units) - 0.25) < 0.03);
    for (const low of [1e-4, 1e-3, 1e-2])
      assert.ok(Math.abs(share(({ rate }) => Number(rate) >= low && Number(rate) < 10 * low) - 1 / 3) < 0.03);
  });

  it("never come twice: a small space is used up", () => {
    const points = randomPoints({ units: range(1, 4, { whole: true }) }, 20, draw("4"));
    assert.deepEqual(points.map(({ units }) => units).sort(), [1, 2, 3, 4]);
  });

  it("need a count in a grid", () =>
    assert.deepEqual(countless({ a: range(1, 2), b: { kind: "choices", values: [1] } }), ["a"]));
});

describe("the median stopping rule", () => {
  const least = { minEpochs: 2, minTrials: 2 };
  // Means over two epochs: 0.5, 0.7, 0.9; their median 0.7.
  const finished = [
    [0.6, 0.4, 0.1],
    [0.8, 0.6, 0.1],
    [1, 0.8, 0.1],
  ];
  const cases: [what: string, history: number[], others: number[][], goal: "lowest" | "highest", stops: boolean][] = [
    ["keeps what is better than the median", [1, 0.69], finished, "lowest", false],
    ["keeps what equals it: only what is strictly worse goes", [1, 0.7], finished, "lowest", false],
    ["gives up what is worse", [1, 0.71], finished, "lowest", true],
    ["looks at the best epoch, not at the last", [0.5, 3], finished, "lowest", false],
    ["turns round where more is better", [0.6, 0.71], finished, "highest", false],
    ["gives up what is less where more is better", [0.6, 0.69], finished, "highest", true],
    ["leaves every trial its epochs", [9], finished, "lowest", false],
    ["waits for enough others", [9, 9], finished.slice(0, 1), "lowest", false],
    ["counts only those that came as far", [9, 9, 9, 9], finished, "lowest", false],
    ["gives up what is no number", [NaN, NaN], finished, "lowest", true],
    ["passes over what is no number in others", [9, 9], [...finished, [NaN, NaN]], "lowest", true],
    ["takes the mean of the two in the middle", [9, 0.61], finished.slice(0, 2), "lowest", true],
  ];
  for (const [what, history, others, goal, stops] of cases)
    it(what, () => assert.equal(medianStopping(history, others, goal, least), stops));
});

const request = (change: Partial<SweepRequest> = {}): SweepRequest => ({
  recipe: { name: "digits", path: "/w/train.ts", hyperparameters: { rate: 0.1, units: 32, fast: false } },
  set: ["rate=0.1,0.01", "units=8,16"],
  search: undefined,
  trials: undefined,
  seed: 1,
  metric: "val_loss",
  stopping: { rule: "median", minEpochs: 1, minTrials: 1 },
  backend: {},
  name: undefined,
  ...change,
});

describe("a new sweep", () => {
  it("is a grid where every axis has its values, else random", () => {
    assert.equal(defineSweep(request(), 0).search, "grid");
    assert.equal(defineSweep(request(), 0).trials.length, 4);
    const drawn = defineSweep(request({ set: ["rate=0.001..1:log"], trials: 7 }), 0);
    assert.equal(drawn.search, "random");
    assert.equal(drawn.trials.length, 7);
  });

  it("has the name of what it tries: the same request is the same sweep", () => {
    const [one, same, other] = [request(), request(), request({ seed: 2 })].map((each) => defineSweep(each, 5));
    assert.match(one.name, /^digits-[0-9a-f]{6}$/);
    assert.equal(same.name, one.name);
    assert.notEqual(other.name, one.name);
    const begun = { ...one, created: 9, trials: one.trials.map((trial) => ({ ...trial, run: "r" })) };
    assert.ok(sameSweep(begun, same));
    assert.ok(!sameSweep(begun, other));
  });

  const refused: [what: string, change: Partial<SweepRequest>, words: RegExp][] = [
    ["a name that the recipe lacks", { set: ["depth=1,2"] }, /no hyperparameter "depth"/],
    ["no values", { set: ["rate"] }, /has no values/],
    ["a name given twice", { set: ["rate=1", "rate=2"] }, /given twice/],
    ["what is no number", { set: ["rate=fast"] }, /no finite number/],
    ["nothing to vary", { set: [] }, /Nothing is to be varied/],
    ["a range without a count in a grid", { set: ["rate=1..2"], search: "grid" }, /how many values of rate/],
    ["a number of trials for a grid", { search: "grid", trials: 3 }, /as many trials as combinations/],
    ["a grid without end", { set: ["rate=0..1:1000", "units=1..999:999"] }, /combinations/],
  ];
  for (const [what, change, words] of refused)
    it(`refuses ${what}, and says what to write`, () =>
      assert.throws(
        () => defineSweep(request(change), 0),
        (error) => error instanceof UsageError && words.test(error.message) && error.advice !== undefined,
      ));
});

/** Work whose trials have these values, one an epoch; a trial of none fails. */
class FakeWork implements SweepWork {
  readonly begun: string[] = [];
  saved: Sweep | undefined;
  stopAfter = Infinity;
  private readonly histories = new Map<string, number[]>();

  constructor(private readonly values: readonly (readonly number[])[]) {}

  stopRequested = (): boolean => this.begun.length >= this.stopAfter;
  makeRunId = (): string => `run-${this.begun.length + 1}`;
  history = (run: string): Promise<number[]> => Promise.resolve(this.histories.get(run) ?? []);
  save = (sweep: Sweep): Promise<void> => {
    this.saved = sweep;
    return Promise.resolve();
  };
  train: SweepWork["train"] = ({ run }, number, worse): Promise<TrialEnd> => {
    assert.equal(this.saved?.trials[number - 1].run, run, "the run is known before it begins");
    this.begun.push(run);
    const values = this.values[number - 1];
    this.histories.set(run, [...values]);
    if (values.length === 0) return Promise.resolve({ outcome: "failed", failure: "no." });
    const pruned = values.some((_value, i) => worse(values.slice(0, i + 1)));
    return Promise.resolve({ outcome: this.stopRequested() ? "cut" : pruned ? "pruned" : "done" });
  };
}

const outcomes = ({ trials }: Sweep): (Outcome | undefined)[] => trials.map(({ outcome }) => outcome);

describe("a sweep's schedule", () => {
  it("trains every trial, and gives up those that are worse than the median", async () => {
    const work = new FakeWork([[1, 0.5], [2, 2], [0.9, 0.4], []]);
    const sweep = await runSweep(defineSweep(request(), 0), work);
    assert.deepEqual(outcomes(sweep), ["done", "pruned", "done", "failed"]);
    assert.deepEqual(work.saved, sweep);
  });

  it("stops where it is told to, and goes on with the trial that was cut off", async () => {
    const work = new FakeWork([[1], [1], [1], [1]]);
    work.stopAfter = 2;
    const stopped = await runSweep(defineSweep(request(), 0), work);
    assert.deepEqual(outcomes(stopped), ["done", undefined, undefined, undefined]);
    work.stopAfter = Infinity;
    const ended = await runSweep(stopped, work);
    assert.deepEqual(outcomes(ended), ["done", "done", "done", "done"]);
    assert.deepEqual(
      work.begun,
      ["run-1", "run-2", "run-2", "run-4", "run-5"].map((run, i) => (i < 3 ? run : ended.trials[i - 1].run)),
    );
  });

  it("knows what was measured before it went on", async () => {
    const work = new FakeWork([[1], [2], [0.5], [0.5]]);
    work.stopAfter = 2;
    const stopped = await runSweep(defineSweep(request(), 0), work);
    work.stopAfter = Infinity;
    assert.equal(outcomes(await runSweep(stopped, work))[1], "pruned");
  });

  it("ends where the first trials all fail, with why", async () => {
    await assert.rejects(
      runSweep(defineSweep(request(), 0), new FakeWork([[], [], [], [1]])),
      (error) => error instanceof UserError && /first 3 trials have failed, the last with: no\./.test(error.message),
    );
  });
});

describe("a sweep's rows", () => {
  const epochs = (
    values: number[],
  ): {
    type: "epoch";
    time: number;
    epoch: number;
    epochs: number;
    step: number;
    seconds: number;
    examplesPerSecond: number;
    metrics: { val_loss: number };
  }[] =>
    values.map((value, i) => ({
      type: "epoch",
      time: 1,
      epoch: i + 1,
      epochs: 3,
      step: 1,
      seconds: 1,
      examplesPerSecond: 1,
      metrics: { val_loss: value },
    }));
  const base = defineSweep(request(), 0);
  const sweep: Sweep = {
    ...base,
    trials: [
      { ...base.trials[0], run: "a", outcome: "done" },
      { ...base.trials[1], run: "b", outcome: "pruned" },
      { ...base.trials[2], run: "gone", outcome: "done" },
      base.trials[3],
    ],
  };
  const states = new Map<string, TrialRun>(
    [["a", [0.5, 0.3, NaN]] as const, ["b", [0.2]] as const].map(([id, values]) => [
      id,
      { state: { ...initialRunState, epochs: epochs([...values]) }, facts: { alive: true, stopRequested: false } },
    ]),
  );
  const rows = trialRows(sweep, (id) => states.get(id));

  it("tell each trial's best epoch and how it stands", () => {
    assert.deepEqual(
      rows.map(({ number, best, status, run }) => [number, best, status, run]),
      [
        [1, { value: 0.3, epoch: 2 }, "starting", "a"],
        [2, { value: 0.2, epoch: 1 }, "pruned", "b"],
        [3, undefined, "done", undefined],
        [4, undefined, "waiting", undefined],
      ],
    );
  });

  it("stand with the best first, and those without a value last", () => {
    assert.deepEqual(
      bestFirst(rows, "lowest").map(({ number }) => number),
      [2, 1, 3, 4],
    );
    assert.deepEqual(
      bestFirst(rows, "highest").map(({ number }) => number),
      [1, 2, 3, 4],
    );
  });

  it("are done once each has its outcome", () => {
    assert.equal(sweepStatus(sweep, { alive: false, stopRequested: false }), "stopped");
    assert.equal(sweepStatus(sweep, { alive: true, stopRequested: true }), "stopping");
    const all = { ...sweep, trials: sweep.trials.map((trial) => ({ ...trial, outcome: "done" as const })) };
    assert.equal(sweepStatus(all, { alive: false, stopRequested: false }), "done");
  });

  it("know which metrics are the better the higher", () =>
    assert.deepEqual(["val_loss", "val_accuracy", "loss", "mae", "r2", "diversity"].map(goalOf), [
      "lowest",
      "highest",
      "lowest",
      "lowest",
      "highest",
      "highest",
    ]));
});
