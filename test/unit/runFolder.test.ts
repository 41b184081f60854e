import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { isSameProcess, killTree, ownStartTime, processStartTime } from "../../src/processes";
import { formatEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { makeRunId, recipeName } from "../../src/protocol/runFolder";
import { EventTail, listRuns, readManifest } from "../../src/runFolder";

const log = (message: string): string => formatEventLine(stamp({ type: "log", level: "info", message }, 1));

describe("a run folder", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is followed line by line, whatever the pieces it arrives in", async () => {
    const file = path.join(folder, "events.jsonl");
    const tail = new EventTail(file);
    assert.deepEqual(await tail.read(), [], "no file yet");
    const bytes = Buffer.from(log("école 数字 🎓") + log("two"));
    const messages: string[] = [];
    for (const byte of bytes) {
      appendFileSync(file, Buffer.from([byte]));
      for (const event of await tail.read()) messages.push(event.type === "log" ? event.message : event.type);
    }
    assert.deepEqual(messages, ["école 数字 🎓", "two"]);
    assert.deepEqual(await tail.read(), []);
  });

  it("is read anew when its events were cut", async () => {
    const file = path.join(folder, "events.jsonl");
    writeFileSync(file, log("one") + log("two") + '{"torn');
    const tail = new EventTail(file);
    assert.equal((await tail.read()).length, 2);
    truncateSync(file, 0);
    writeFileSync(file, log("new"));
    const [event] = await tail.read();
    assert.ok(event.type === "log" && event.message === "new");
  });

  it("without a manifest, or with a broken one, is no run", async () => {
    assert.equal(await readManifest(folder), undefined);
    writeFileSync(path.join(folder, "run.json"), '{"version":1}');
    assert.equal(await readManifest(folder), undefined);
    assert.deepEqual(await listRuns(path.join(folder, "nowhere")), []);
  });

  it("has a name that sorts by time and is safe in a path", () => {
    const id = makeRunId(new Date(2026, 10, 23, 16, 15, 2), "../my net!", 0.49999);
    assert.equal(id, "20261123-161502-my-net-7fff");
    assert.ok(id < makeRunId(new Date(2026, 10, 23, 16, 15, 3), "a", 0));
  });

  it("names a recipe by its file, or by its folder where the file says nothing", () => {
    const names: [string, string][] = [
      ["/w/digits/train.ts", "digits"],
      ["C:\\w\\digits\\index.mjs", "digits"],
      ["/w/digits/small.v2.ts", "small.v2"],
      ["train.js", "train"],
    ];
    for (const [file, name] of names) assert.equal(recipeName(file), name);
  });
});

describe("a process", () => {
  it("is told apart from another with its pid by when it started", async () => {
    assert.equal(await isSameProcess(process.pid, ownStartTime()), true);
    assert.equal(await isSameProcess(process.pid, ownStartTime() - 60_000), false);
  });

  it("is never everybody: what is no pid of one process is refused", async () => {
    for (const pid of [1, 0, -1, 1.5, Number.NaN]) await assert.rejects(killTree(pid), RangeError);
  });

  it("is gone after its end, with all that it had started", async () => {
    const child = spawn("sh", ["-c", "sleep 1000 & echo $!; wait"], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [output] = (await once(child.stdout, "data")) as [Buffer];
    const grandchild = Number(output.toString());
    assert.ok(child.pid !== undefined && (await processStartTime(grandchild)) !== undefined);
    await killTree(child.pid);
    await once(child, "close");
    assert.equal(await processStartTime(child.pid), undefined);
    while ((await processStartTime(grandchild)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await killTree(child.pid);
  });
});
