import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ownStartTime } from "../../src/processes";
import { RunLock } from "../../src/runner/runLock";

/** A pid that belongs to nobody: beyond what Linux and macOS give out. */
const NOBODY = 2 ** 22 + 1;

describe("the lock of a run folder", () => {
  let folder: string;
  let file: string;
  const left = (text: string): void => writeFileSync(file, text);
  const holder = (pid: number, startedAt = ownStartTime(), host = os.hostname()): string =>
    JSON.stringify({ pid, startedAt, host });

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "trainlens-lock-"));
    file = path.join(folder, "train.lock");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is held by one until it is released", async () => {
    const lock = await RunLock.take(folder);
    await assert.rejects(RunLock.take(folder), /is still training: process \d+ holds it/);
    lock.release();
    assert.deepEqual(await readdir(folder), []);
    (await RunLock.take(folder)).release();
  });

  const stale: [string, string][] = [
    ["of a process that is gone", holder(NOBODY)],
    ["whose pid has passed to another process", holder(process.pid, 1000)],
    ["that nobody has written into", ""],
    ["that is no lock at all", "[1, 2"],
  ];
  for (const [what, text] of stale) {
    it(`${what} is taken over, by one of many`, async () => {
      left(text);
      const takers = await Promise.allSettled(Array.from({ length: 8 }, () => RunLock.take(folder)));
      const winners = takers.flatMap((taker) => (taker.status === "fulfilled" ? [taker.value] : []));
      assert.equal(winners.length, 1);
      for (const taker of takers)
        if (taker.status === "rejected") assert.match(String(taker.reason), /is still training/);
      assert.equal((JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid, process.pid);
      winners[0].release();
      assert.deepEqual(await readdir(folder), []);
    });
  }

  it("of another machine stays, and the message says what to delete", async () => {
    left(holder(NOBODY, 1000, "another-machine"));
    await assert.rejects(RunLock.take(folder), ({ message, advice }: { message: string; advice: string }) => {
      assert.match(message, /on another-machine/);
      assert.ok(advice.includes(file));
      return true;
    });
    assert.ok(existsSync(file));
  });

  it("leaves no folder behind where nothing came of the run", async () => {
    const [nothing, something] = [path.join(folder, "a", "b"), path.join(folder, "c", "d")];
    (await RunLock.take(nothing)).release();
    const lock = await RunLock.take(something);
    writeFileSync(path.join(something, "run.json"), "{}");
    lock.release();
    assert.deepEqual(await readdir(folder), ["c"]);
    assert.deepEqual(await readdir(something), ["run.json"]);
  });

  it("that is another's by now stays when it is released", async () => {
    const lock = await RunLock.take(folder);
    const other = holder(1);
    left(other);
    lock.release();
    assert.equal(readFileSync(file, "utf8"), other);
  });
});
