/** The promise of `chunkMB`: an explanation takes no more memory than that, however large its background. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import type { Taken } from "./shapMemory.main";

/** Garbage that is not collected yet. */
const BESIDES_MB = 40;

function explain(model: string, samples: number, references: number, chunkMB: number): Taken {
  const script = path.join(__dirname, "shapMemory.main.js");
  // How much garbage Node leaves depends on the load of the machine, unless it is told to save memory.
  const args = ["--optimize-for-size", script, model, ...[samples, references, chunkMB].map(String)];
  const output = execFileSync(process.execPath, args, { encoding: "utf8" });
  return JSON.parse(output) as Taken;
}

describe("DeepExplainer's memory", () => {
  for (const [model, references, chunkMB] of [
    ["cnn", 1000, 16],
    ["cnn", 1000, 256],
    ["cnn", 4000, 64],
    ["average", 400, 64],
    ["mlp", 4000, 64],
    ["depthwise", 200, 64],
    ["lstm", 200, 64],
  ] as const) {
    it(`stays within ${chunkMB} MiB for ${references} references and the model ${model}`, () => {
      const { peakMB, heapMB, additivityError } = explain(model, 2, references, chunkMB);
      assert.ok(peakMB < chunkMB + BESIDES_MB, `the process grew by ${peakMB} MiB`);
      assert.ok(heapMB < chunkMB / 2, `the backend's memory grew by ${heapMB} MiB`);
      assert.ok(additivityError < 1e-4, `additivity error ${additivityError}`);
    });
  }
});
