/**
 * What DeepExplainer on the MLP 784-128-10 takes for more samples and more references: JSON on stdout.
 *
 * usage: scaling.main.js FOLDER times                 seconds by samples and by references
 *        scaling.main.js FOLDER memory CHUNK_MB       of 10,000 samples against 100 references, written to a file, MiB
 *
 * FOLDER has the digits as writeDigits.main.ts writes them. Weights are random: they do not matter here.
 */
import { readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import type { NdArray } from "../../../src/protocol/ndArray";
import { openBackend } from "../../../src/runner/backends";
import { computeExplanation } from "../../../src/runner/explain/compute";
import { layersExplainable } from "../../../src/runner/explain/explainable";
import { writeExplanationFile } from "../../../src/runner/explain/outputFile";
import { DeepExplainer } from "../../../src/shap";
import { MODELS, firstRows } from "./models";
import { density, networkCost } from "./operations";
import { deepFlops } from "../../../src/shap/costs";

const [folder, what, chunkMB] = process.argv.slice(2);
const COUNTS = [10, 100, 1000, 10_000];

function rows(name: string, count: number): NdArray {
  const all = new Float32Array(new Uint8Array(readFileSync(path.join(folder, `${name}.bin`))).buffer);
  return firstRows(all, count, [784]);
}

/** Of a process, in MiB. */
const peak = (): number => process.resourceUsage().maxRSS / 1024;

async function main(): Promise<void> {
  await openBackend("wasm");
  const model = MODELS.mlp();
  const explain = async (samples: NdArray, references: NdArray, options = {}): Promise<number> => {
    const explainer = new DeepExplainer(model, references);
    const begun = performance.now();
    await explainer.shapValues(samples, options);
    explainer.dispose();
    return (performance.now() - begun) / 1000;
  };
  const background = rows("trainX", 100);
  // The first calls compile.
  for (let i = 0; i < 3; i++) await explain(rows("testX", 10), background);
  if (what === "memory") {
    const samples = rows("testX", 10_000);
    const subject = await layersExplainable(model);
    const file = path.join(folder, "memory.shap.npz");
    const before = peak();
    const begun = performance.now();
    await writeExplanationFile(file, (takeValues) =>
      computeExplanation(
        subject,
        { samples, background, sampleIndices: [] },
        {
          ...{
            method: "deep",
            parameters: {},
            chunkMB: Number(chunkMB),
            seed: 1,
            backend: "wasm",
            model: "mlp",
            takeValues,
          },
          stopRequested: () => false,
          progress: () => undefined,
        },
      ),
    );
    const seconds = (performance.now() - begun) / 1000;
    const fileMB = statSync(file).size / 2 ** 20;
    rmSync(file);
    process.stdout.write(`${JSON.stringify({ fileMB, tookMB: peak() - before, peakMB: peak(), seconds })}\n`);
    return;
  }
  const cost = networkCost(model);
  const table = [];
  for (const [samples, references] of [
    ...COUNTS.map((count) => [count, 100] as const),
    ...COUNTS.map((count) => [10, count] as const),
  ]) {
    const against = rows("trainX", references);
    const seconds = await explain(rows("testX", samples), against);
    table.push({
      samples,
      references,
      seconds,
      flops: deepFlops(cost, { samples, references }, density(against.data)),
    });
  }
  process.stdout.write(`${JSON.stringify(table)}\n`);
}

void main();
