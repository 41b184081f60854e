/** The wasm backend's threads: whoever does a part, the numbers are the same. */
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import module from "../../src/runner/backends/wasm/kernels.as";
import { Threads } from "../../src/runner/backends/wasm/threads";

const PAGES = 256;
const MEMORY_FLOATS = PAGES * 2 ** 14;

/** Threads on a memory of their own, once they have all started. */
async function threads(count: string, pages = PAGES): Promise<{ threads: Threads; memory: WebAssembly.Memory }> {
  const before = process.env["TRAINLENS_THREADS"];
  process.env["TRAINLENS_THREADS"] = count;
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
    const made = new Threads(new WebAssembly.Module(module), memory);
    while (made.started < made.count) await sleep(5);
    return { threads: made, memory };
  } finally {
    if (before === undefined) delete process.env["TRAINLENS_THREADS"];
    else process.env["TRAINLENS_THREADS"] = before;
  }
}

/** Where, in floats, A, B, C and the scratch of a product of up to 400 x 400 lie. */
const [A, B, C, SCRATCH] = [0, 160_000, 320_000, 480_000] as const;

function product(m: number, n: number, k: number): number[] {
  const bytes = (at: number): number => 4 * at;
  const unfinished = [0, 0, 0];
  return [bytes(A), 4 * k, 4, bytes(B), 4 * n, 4, bytes(C), 4 * n, m, n, k, bytes(SCRATCH), ...unfinished];
}

describe("threads of the wasm backend", () => {
  it("give the same numbers, job after job, into however many parts these are cut", async () => {
    const [one, four] = [await threads("1"), await threads("4")];
    assert.deepEqual([one.threads.count, four.threads.count], [1, 4]);
    assert.ok(SCRATCH + 4 * four.threads.main.gemmScratch() <= MEMORY_FLOATS);
    const [expected, actual] = [one, four].map(({ memory }) => new Float32Array(memory.buffer)) as [
      Float32Array,
      Float32Array,
    ];
    for (const floats of [expected, actual]) for (let i = 0; i < C; i++) floats[i] = Math.sin(i);
    for (let job = 0; job < 400; job++) {
      const [m, n, k] = [1 + ((job * 37) % 150), 1 + ((job * 53) % 150), 1 + ((job * 71) % 150)];
      for (const each of [one, four]) each.threads.run("gemm", product(m, n, k), 1 + (job % 8));
      const end = C + m * n;
      assert.deepEqual(actual.slice(C, end), expected.slice(C, end), `job ${job}: ${m} x ${k} x ${n}`);
      actual.fill(NaN, C, end);
    }
  });

  it("say that a part failed, and go on with the next job", async () => {
    const { threads: made, memory } = await threads("3");
    const floats = new Float32Array(memory.buffer);
    const outside = product(100, 100, 100);
    outside[0] = 4 * MEMORY_FLOATS;
    assert.throws(() => made.run("gemm", outside, 6), /gemm failed/);
    floats.fill(1, A, C);
    made.run("gemm", product(100, 100, 100), 6);
    assert.deepEqual(new Set(floats.slice(C, C + 10_000)), new Set([100]));
  });

  it("see a heap that has grown", async () => {
    const { threads: made, memory } = await threads("3", 1);
    for (let i = 0; i < 20; i++) {
      memory.grow(64);
      const floats = new Float32Array(memory.buffer);
      const [from, size] = [floats.length - 200_000, 100_000];
      floats.fill(i, from);
      made.run("clip", [4 * from, 4 * (from + size), size, -1000, i / 2], 6);
      assert.deepEqual(new Set(floats.slice(from + size, from + 2 * size)), new Set([i / 2]));
    }
  });

  it("are as many as TRAINLENS_THREADS says, which has to be a number", async () => {
    await assert.rejects(threads("many"), /TRAINLENS_THREADS is many/);
    await assert.rejects(threads("0"), /TRAINLENS_THREADS is 0/);
  });
});
