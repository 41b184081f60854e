/** The monitor of NVIDIA's cards, on an nvidia-smi of the test's. Real processes. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processStartTime } from "../../src/processes";
import { type GpuSample, SAMPLE_WINDOW, freshCards, keepRecent, usesNvidia } from "../../src/protocol/nvidiaSmi";
import { GpuMonitor } from "../../src/runs/gpuMonitor";

const card = "0, NVIDIA H100 80GB HBM3, 37, 1523, 81559, 41, 118.27";

describe("the monitor of cards", () => {
  let folder: string;
  let log: string[];
  let monitor: GpuMonitor;
  const { PATH } = process.env;

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-gpu-"));
    process.env["PATH"] = folder;
    log = [];
    monitor = new GpuMonitor({ log: (message) => log.push(message) });
  });
  afterEach(() => {
    monitor.dispose();
    process.env["PATH"] = PATH;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Each start of it leaves a line with its pid and its arguments. */
  const install = (script: string): void => {
    const file = path.join(folder, "nvidia-smi");
    writeFileSync(file, `#!/bin/sh\necho "$$ $*" >> "${folder}/starts"\n${script}\n`);
    chmodSync(file, 0o755);
  };
  const FOR_EVER = "while :; do /bin/sleep 1; done";
  const starts = (): string[] => {
    const file = path.join(folder, "starts");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  };
  const until = async (ready: () => unknown): Promise<void> => {
    while (!ready()) await sleep(10);
  };
  const gone = async (line: string): Promise<void> => {
    const pid = Number(line.split(" ")[0]);
    while ((await processStartTime(pid)) !== undefined) await sleep(10);
  };

  it("runs one nvidia-smi for all who look, and none when nobody does", async () => {
    install(`echo "${card}"\n${FOR_EVER}`);
    const heard: GpuSample[][] = [[], []];
    const first = monitor.subscribe((samples) => heard[0].push(...samples));
    await until(() => heard[0].length > 0);
    const second = monitor.subscribe((samples) => heard[1].push(...samples));
    assert.deepEqual(heard[1], heard[0], "who comes later gets what there was");
    assert.equal(heard[0][0].utilization, 37);
    assert.equal(heard[0][0].memoryTotal, 81559);
    assert.equal(starts().length, 1);
    assert.match(starts()[0], /--query-gpu=index,name,utilization\.gpu,.* --format=csv,noheader,nounits --loop=2$/);
    first.dispose();
    assert.notEqual(await processStartTime(Number(starts()[0].split(" ")[0])), undefined);
    second.dispose();
    await gone(starts()[0]);
    assert.deepEqual(log, []);
  });

  it("is silent where there is no nvidia-smi", async () => {
    const heard: unknown[] = [];
    monitor.subscribe((samples) => heard.push(samples)).dispose();
    monitor.subscribe((samples) => heard.push(samples));
    await sleep(50);
    assert.deepEqual([heard, log], [[], []]);
  });

  it("says once why there is nothing to see, and does not try again at once", async () => {
    install(`echo "Failed to initialize NVML: Driver/library version mismatch"; exit 18`);
    const heard: unknown[] = [];
    const subscription = monitor.subscribe((samples) => heard.push(samples));
    await until(() => log.length > 0);
    assert.deepEqual(log, ["nvidia-smi shows nothing: Failed to initialize NVML: Driver/library version mismatch"]);
    subscription.dispose();
    monitor.subscribe((samples) => heard.push(samples));
    assert.equal(starts().length, 1);
    assert.deepEqual(heard, []);
  });

  it("ends one that hangs", async () => {
    install(FOR_EVER);
    monitor = new GpuMonitor({ log: (message) => log.push(message), silence: 200 });
    monitor.subscribe(() => undefined);
    await until(() => log.length > 0);
    assert.deepEqual(log, ["nvidia-smi shows nothing: it said nothing for 0.2 s"]);
    // It may have been ended before it came to leave its line.
    await Promise.all(starts().map(gone));
  });

  it("ends with the window", async () => {
    install(`echo "${card}"\n${FOR_EVER}`);
    const heard: unknown[] = [];
    monitor.subscribe((samples) => heard.push(samples));
    await until(() => heard.length > 0);
    monitor.dispose();
    await gone(starts()[0]);
  });
});

describe("samples of cards", () => {
  const sample = (index: number, time: number): GpuSample => ({
    index,
    time,
    name: `card ${index}`,
    utilization: time,
  });

  it("are kept for a while", () => {
    const old = [sample(0, 0), sample(0, 1000)];
    assert.deepEqual(
      keepRecent(old, [sample(0, 2000)], SAMPLE_WINDOW + 1000).map(({ time }) => time),
      [1000, 2000],
    );
  });

  it("are of the cards that tell something now, in their order", () => {
    const samples = [sample(1, 1000), sample(0, 1000), sample(2, 1000), sample(1, 20_000), sample(0, 21_000)];
    assert.deepEqual(
      freshCards(samples, 22_000).map((card) => card.map(({ index, time }) => [index, time])),
      [
        [
          [0, 1000],
          [0, 21_000],
        ],
        [
          [1, 1000],
          [1, 20_000],
        ],
      ],
    );
    assert.deepEqual(freshCards(samples, 60_000), []);
  });

  it("matter to runs on NVIDIA's cards only", () => {
    assert.ok(usesNvidia({ name: "cuda", device: "NVIDIA GPU, CUDA" }));
    assert.ok(usesNvidia({ name: "webgpu", device: "nvidia ampere, WebGPU" }));
    assert.ok(usesNvidia({ name: "webgpu", device: "geforce rtx 3090, WebGPU", driver: "NVIDIA: 550.54.14" }));
    assert.ok(!usesNvidia({ name: "webgpu", device: "amd rdna 3, WebGPU", driver: "radv" }));
    assert.ok(!usesNvidia({ name: "native", device: "AMD EPYC, 2 threads" }));
  });
});
