import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { featureCache } from "../../src/runner/featureCache";

describe("the cache of features", () => {
  let folder: string;
  const messages: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"));
    messages.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = () =>
    featureCache(folder, (event) => {
      if (event.type === "log") messages.push(`${event.level}: ${event.message}`);
    });
  const key = "0123456789abcdef".repeat(4);
  const features = new Map([["train", { data: Float32Array.of(1, -2.5, 3e-9, 4), shape: [2, 2] }]]);

  it("gives back what was written, under its key only", async () => {
    await open().write(key, features);
    assert.deepEqual(await open().read(key), features);
    assert.equal(await open().read(key.replaceAll("0", "f")), undefined);
    assert.deepEqual(messages, []);
  });

  it("says what it cannot read or write, and is no error", async () => {
    await open().write(key, features);
    const cache = path.join(folder, ".trainlens", "cache");
    for (const file of readdirSync(cache)) writeFileSync(path.join(cache, file), "damaged");
    assert.equal(await open().read(key), undefined);
    assert.match(messages[0], /^warning: The cached features .* cannot be used and are computed again: /);
    rmSync(path.join(folder, ".trainlens"), { recursive: true });
    writeFileSync(path.join(folder, ".trainlens"), "a file");
    await open().write(key, features);
    assert.match(messages[1], /^warning: The next run will compute these features again: /);
  });
});
