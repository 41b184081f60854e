/** What a probe's process tells, and what its end means. Real processes, no backend. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type Workload, convOf, matMulOf, measure, measurement } from "../../src/runner/doctor/measure";
import { type ProbeEnd, backendReport, blame, choiceReport, formatLine, runProbe } from "../../src/runner/doctor/probe";

/** Long enough that no test ends by it. */
const PATIENCE = 600;
const opened = formatLine({
  probe: "opened",
  name: "native",
  device: "a device",
  version: "4.22.0",
  reason: "the best",
  passedOver: [{ name: "cuda", reason: "no card", fix: "Buy one." }],
});
const done = formatLine({ probe: "done" });
const say = (text: string): string => `process.stdout.write(${JSON.stringify(text)});`;

describe("a probe", () => {
  const run = (script: string, patience = PATIENCE): Promise<ProbeEnd> =>
    runProbe({ executable: process.execPath, args: ["-e", script] }, patience);

  it("reads what is told between what libraries print", async () => {
    const end = await run(
      `${say(`I am a library${opened}2 + 2`)}${say(done)}${say('{"probe":"nonsense"}\n{"probe":\n')}`,
    );
    assert.deepEqual(
      end.lines.map(({ probe }) => probe),
      ["opened", "done"],
    );
    assert.deepEqual(backendReport("native", end), {
      name: "native",
      state: "usable",
      device: "a device",
      version: "4.22.0",
    });
    assert.deepEqual(choiceReport(end), {
      state: "usable",
      name: "native",
      device: "a device",
      reason: "the best",
      passedOver: [{ name: "cuda", reason: "no card", fix: "Buy one." }],
    });
  });

  it("that auto passes over is used by its name only", async () => {
    const passedOver = formatLine({ probe: "passedOver", reason: "it is slow", fix: "Name it." });
    const report = backendReport("webgpu", await run(say(passedOver + opened + done)));
    assert.equal(report.state, "byNameOnly");
    assert.ok("reason" in report);
    assert.equal(report.reason, "it is slow");
  });

  it("that lacks something says what", async () => {
    const passedOver = formatLine({ probe: "passedOver", reason: "no package", fix: "Install it." });
    const unavailable = formatLine({ probe: "unavailable", reason: "no package at all", fix: "Install it." });
    assert.deepEqual(backendReport("cuda", await run(say(passedOver + unavailable))), {
      name: "cuda",
      state: "unavailable",
      reason: "no package at all",
      fix: "Install it.",
    });
  });

  it("that is ended by a signal is a row that names it, and when", async function () {
    if (process.platform === "win32") this.skip();
    const step = formatLine({ probe: "step", text: "while it was measured" });
    const end = await run(
      `${say(opened + step)} console.error("\\nfirst\\n\\nlast words"); process.kill(process.pid, "SIGILL");`,
    );
    const report = backendReport("native", end);
    assert.ok(report.state === "crashed");
    assert.equal(report.reason, "its process was ended by SIGILL while it was measured");
    assert.match(report.fix, /newer processor/);
    assert.equal(report.output, "first\nlast words");
    assert.equal(choiceReport(end).state, "crashed");
  });

  it("knows the exceptions that end a process on Windows", () => {
    const end: ProbeEnd = { lines: [], code: -1073741819, signal: null, errors: "" };
    const report = backendReport("native", end);
    assert.ok(report.state === "crashed");
    assert.match(report.reason, /SIGSEGV while it was loaded/);
  });

  it("that crashes as it ends works, with a warning", async function () {
    if (process.platform === "win32") this.skip();
    const report = backendReport("native", await run(`${say(opened + done)} process.kill(process.pid, "SIGSEGV");`));
    assert.ok(report.state === "usable");
    assert.equal(report.warning, "it works, and its process was ended by SIGSEGV as it ended");
  });

  it("that gives no answer is ended", async () => {
    const end = await run("setInterval(() => {}, 1000)", 0.2);
    const report = backendReport("webgpu", end);
    assert.equal(report.state, "timedOut");
    assert.ok("reason" in report);
    assert.equal(report.reason, "it gave no answer within 0.2 s while it was loaded");
  });

  it("that throws, or ends, says so", async () => {
    const failed = formatLine({ probe: "failed", message: "TypeError: x" });
    const thrown = backendReport("wasm", await run(say(failed)));
    assert.ok(thrown.state === "failed");
    assert.equal(thrown.reason, "TypeError: x (while it was loaded)");
    const ended = backendReport("wasm", await run("process.exit(3)"));
    assert.ok(ended.state === "failed");
    assert.match(ended.reason, /code 3/);
  });

  it("that cannot be started is a row too", async () => {
    const report = backendReport("wasm", await runProbe({ executable: "/no/such/node", args: [] }, PATIENCE));
    assert.ok(report.state === "failed");
    assert.match(report.reason, /ENOENT/);
  });

  it("of auto that crashes is laid at the door of the backend that does, and one that works is named", () => {
    const choice = { state: "crashed", reason: "ended by SIGILL", fix: "Wait." } as const;
    const crashed = {
      name: "native",
      state: "crashed",
      reason: "ended by SIGILL while it was loaded",
      fix: "",
    } as const;
    const lacking = { name: "cuda", state: "unavailable", reason: "no card", fix: "" } as const;
    const works = { name: "wasm", state: "usable", device: "", version: "" } as const;
    assert.deepEqual(blame(choice, [lacking, crashed, works]), {
      state: "crashed",
      reason: "native: ended by SIGILL while it was loaded",
      fix: "Until native works, run with --backend wasm, or set trainlens.backend to it.",
    });
    assert.deepEqual(blame(choice, [lacking, works]), choice);
    assert.equal(blame(choice, [crashed]).state, "crashed");
  });

  it("ends with the doctor", async () => {
    const controller = new AbortController();
    const command = { executable: process.execPath, args: ["-e", `${say(opened)} setInterval(() => {}, 1000)`] };
    const running = runProbe(command, PATIENCE, controller.signal);
    controller.abort();
    assert.equal((await running).signal, "SIGKILL");
  });
});

describe("a measurement", () => {
  before(() => tf.setBackend("cpu"));

  it("counts a multiply-add as two", () => {
    assert.equal(matMulOf(100).flops, 2e6);
    // Each of 2 · 32 · 32 · 64 outputs is a sum of 3 · 3 · 32 products.
    assert.equal(convOf(2).flops, 2 * (2 * 32 * 32 * 64) * (3 * 3 * 32));
    assert.equal(measurement(matMulOf(1000), 5, 2).gflops, (2 * 5) / 2);
  });

  it("repeats the first workload that is long enough, and leaves no tensor behind", async () => {
    let now = 0;
    const calls: string[] = [];
    const workload = (shape: string, seconds: number): Workload => ({
      shape,
      flops: 1e9,
      operands: () => [tf.zeros<tf.Rank.R2>([1, 1])],
      call: ([x]) => {
        calls.push(shape);
        now += seconds;
        return tf.add(x, 1);
      },
    });
    const before = tf.memory().numTensors;
    const workloads = [workload("short", 0.001), workload("long", 0.025), workload("longer", 0.1)];
    const result = await measure(workloads, 1, () => now);
    assert.equal(result.shape, "long");
    assert.ok(!calls.includes("longer"));
    // Bursts of 4 calls fill a second; two calls go before: one that compiles, one that is timed alone.
    assert.equal(result.repeats, 40);
    assert.equal(calls.filter((shape) => shape === "long").length, 42);
    assert.ok(Math.abs(result.gflops - 40) < 1e-9);
    assert.equal(tf.memory().numTensors, before);

    const short = await measure([workload("short", 0.001), workload("the last", 0.002)], 0.5, () => now);
    assert.equal(short.shape, "the last");
  });
});
