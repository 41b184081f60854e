import assert from "node:assert/strict";
import {
  type NewRunEvent,
  type RunEvent,
  formatEventLine,
  parseEventLine,
  parseEvents,
} from "../../src/protocol/events";
import {
  type ProcessFacts,
  type RunState,
  type RunStatus,
  batchSeries,
  bestMetric,
  canResume,
  initialRunState,
  latestMetrics,
  remainingSeconds,
  runReducer,
  runStatus,
  stamp,
  trainingPosition,
} from "../../src/protocol/reducer";

const started: NewRunEvent = { type: "started", pid: 7, processStartedAt: 5, host: "h" };
const batches = (epoch: number, firstStep: number, batch: number, losses: number[]): NewRunEvent => ({
  type: "batches",
  epoch,
  epochs: 4,
  firstStep,
  batch,
  batchesPerEpoch: 5,
  metrics: { loss: losses },
  examplesPerSecond: 100,
});
const epoch = (n: number, loss: number, accuracy?: number): NewRunEvent => ({
  type: "epoch",
  epoch: n,
  epochs: 4,
  step: n * 5,
  seconds: 2,
  examplesPerSecond: 100,
  metrics: { loss, ...(accuracy === undefined ? {} : { val_accuracy: accuracy }) },
});
const checkpoint: NewRunEvent = { type: "checkpoint", epoch: 2, batch: 0, step: 5 };

function fold(...events: NewRunEvent[]): RunState {
  return events.map((event, i) => stamp(event, 1000 * i)).reduce(runReducer, initialRunState);
}

/** Freezes a state to its depth: a reducer that changes its argument throws. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

describe("the run reducer", () => {
  const statuses: { name: string; events: NewRunEvent[]; facts: ProcessFacts; status: RunStatus }[] = [
    {
      name: "nothing yet, process alive",
      events: [],
      facts: { alive: true, stopRequested: false },
      status: "starting",
    },
    { name: "started", events: [started], facts: { alive: true, stopRequested: false }, status: "starting" },
    {
      name: "batches come",
      events: [started, batches(1, 1, 2, [1, 2])],
      facts: { alive: true, stopRequested: false },
      status: "running",
    },
    {
      name: "asked to stop",
      events: [started, batches(1, 1, 2, [1, 2])],
      facts: { alive: true, stopRequested: true },
      status: "stopping",
    },
    {
      name: "gone without a word",
      events: [started],
      facts: { alive: false, stopRequested: false },
      status: "crashed",
    },
    { name: "gone as it was told", events: [started], facts: { alive: false, stopRequested: true }, status: "stopped" },
    {
      name: "done",
      events: [started, { type: "ended", outcome: "done" }],
      facts: { alive: false, stopRequested: false },
      status: "done",
    },
    {
      name: "done, while the pid is reused",
      events: [started, { type: "ended", outcome: "done" }],
      facts: { alive: true, stopRequested: false },
      status: "done",
    },
    {
      name: "failed",
      events: [started, { type: "ended", outcome: "failed" }],
      facts: { alive: false, stopRequested: false },
      status: "failed",
    },
    {
      name: "resumed after a stop",
      events: [started, { type: "ended", outcome: "stopped" }, started],
      facts: { alive: true, stopRequested: false },
      status: "starting",
    },
  ];
  for (const { name, events, facts, status } of statuses) {
    it(`${name}: ${status}`, () => assert.equal(runStatus(fold(...events), facts), status));
  }

  it("never changes the state that it is given", () => {
    const events = [
      started,
      batches(1, 1, 2, [1, 2]),
      epoch(1, 1),
      checkpoint,
      { ...started, resumed: { epoch: 2, batch: 0, step: 5 } },
    ];
    events
      .map((event, i) => stamp(event, i))
      .reduce((state, event) => frozen(runReducer(state, event)), frozen(initialRunState));
  });

  it("drops what a resumed process does again", () => {
    const state = fold(
      started,
      batches(1, 1, 3, [9, 8, 7]),
      batches(1, 4, 5, [6, 5]),
      epoch(1, 5),
      checkpoint,
      batches(2, 6, 3, [4, 3, 2]),
      epoch(2, 1),
      { ...started, resumed: { epoch: 2, batch: 1, step: 6 } },
    );
    assert.deepEqual(batchSeries(state), { steps: [1, 2, 3, 4, 5, 6], metrics: { loss: [9, 8, 7, 6, 5, 4] } });
    assert.deepEqual(
      state.epochs.map((e) => e.epoch),
      [1],
    );
    assert.equal(state.batches.at(-1)?.batch, 1);
    assert.equal(state.resumes, 1);
  });

  it("keeps the finished model until a resumed process has trained on", () => {
    const done = [
      started,
      batches(1, 1, 5, [5, 4, 3, 2, 1]),
      checkpoint,
      { type: "evaluation", split: "test", metrics: { loss: 1 } },
      { type: "saved", path: "model/model.json" },
      { type: "ended", outcome: "done" },
    ] satisfies NewRunEvent[];
    const resumed: NewRunEvent = { ...started, resumed: { epoch: 2, batch: 0, step: 5 } };
    const failed = fold(...done, resumed, { type: "ended", outcome: "failed" });
    assert.equal(failed.savedModel, "model/model.json");
    assert.deepEqual(failed.evaluation?.metrics, { loss: 1 });
    const trained = fold(...done, resumed, batches(2, 6, 1, [1]));
    assert.equal(trained.savedModel, undefined);
    assert.equal(trained.evaluation, undefined);
  });

  it("knows of a download until there is a model, or the run has ended", () => {
    const download: NewRunEvent = { type: "download", file: "weights.h5", done: 12, total: 58 };
    assert.deepEqual(fold(started, download).download, { file: "weights.h5", done: 12, total: 58 });
    assert.equal(fold(started, download, { type: "ended", outcome: "failed" }).download, undefined);
    assert.equal(fold(started, download, started).download, undefined);
    const model: NewRunEvent = {
      type: "model",
      name: "m",
      layers: [],
      parameters: 0,
      trainableParameters: 0,
      flops: 0,
      optimizer: "Adam",
      loss: "mse",
      metrics: [],
    };
    assert.equal(fold(started, download, model).download, undefined);
  });

  it("counts the seconds of work, not the pause before a resume", () => {
    const at = (time: number, event: NewRunEvent): RunEvent => stamp(event, time);
    const state = [
      at(0, started),
      at(4000, epoch(1, 1)),
      at(5000, { type: "ended", outcome: "stopped" }),
      at(900_000, { ...started, resumed: { epoch: 2, batch: 0, step: 5 } }),
      at(903_000, epoch(2, 1)),
      at(950_000, {
        type: "explained",
        name: "a",
        path: "a",
        method: "deep",
        samples: 1,
        background: 1,
        seconds: 1,
        additivityError: 0,
      }),
    ].reduce(runReducer, initialRunState);
    assert.equal(state.activeSeconds, 8);
  });

  it("tells where training stands and how long it will last", () => {
    const state = fold(started, batches(1, 1, 5, [1, 1, 1, 1, 1]), epoch(1, 1), batches(2, 6, 3, [1, 1, 1]));
    const position = trainingPosition(state);
    assert.equal(position?.fraction, (1 + 3 / 5) / 4);
    // 2 s an epoch, 2.4 epochs left.
    assert.ok(Math.abs((remainingSeconds(state) ?? 0) - 4.8) < 1e-9);
  });

  it("finds the best epoch by the metric that matters", () => {
    assert.deepEqual(bestMetric(fold(started, epoch(1, 3, 0.5), epoch(2, 1, 0.9), epoch(3, 2, 0.7))), {
      name: "val_accuracy",
      value: 0.9,
      epoch: 2,
    });
    assert.deepEqual(bestMetric(fold(started, epoch(1, 3), epoch(2, 1), epoch(3, Number.NaN))), {
      name: "loss",
      value: 1,
      epoch: 2,
    });
    assert.equal(bestMetric(fold(started)), undefined);
    assert.deepEqual(latestMetrics(fold(started, batches(1, 1, 2, [5, 4]))), { loss: 4 });
  });

  it("can be resumed only from a checkpoint, when nobody works on it", () => {
    assert.equal(canResume(fold(started, checkpoint), "crashed"), true);
    assert.equal(canResume(fold(started, checkpoint), "running"), false);
    assert.equal(canResume(fold(started), "crashed"), false);
    assert.equal(canResume(fold(started, checkpoint), "done"), false);
  });
});

describe("events as lines", () => {
  it("keep NaN and the infinities by name", () => {
    const line = formatEventLine(
      stamp(batches(1, 1, 3, [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]), 1),
    );
    assert.match(line, /\["NaN","Infinity","-Infinity"\]/);
    const event = parseEventLine(line);
    assert.ok(event?.type === "batches");
    assert.deepEqual(event.metrics["loss"], [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it("are ignored where the type is unknown, the line torn, or a field of another kind", () => {
    const good = formatEventLine(stamp(epoch(1, 2), 3));
    const text = `${good}{"type":"aurora","time":1}\n{"type":"epoch","ti\nnull\n{"type":"epoch","time":"noon"}\n${good}{"type":"ep`;
    const { events, rest } = parseEvents(text);
    assert.deepEqual(
      events.map((event) => event.type),
      ["epoch", "epoch"],
    );
    assert.equal(rest, '{"type":"ep');
  });
});
