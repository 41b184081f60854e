// How DeepExplainer's time grows with samples and background, and its memory at 10,000 samples x 784 features x 10 outputs.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function bench({ root, backend }) {
  if (backend && backend !== "wasm") return [];
  const folder = await mkdtemp(path.join(tmpdir(), "trainlens-bench-"));
  const main = path.join(root, "out/test/bench/shap/scaling.main.js");
  const ask = async (...args) => JSON.parse((await run(process.execPath, [main, folder, ...args])).stdout);
  try {
    await run(process.execPath, [path.join(root, "out/test/bench/writeDigits.main.js"), folder]);
    const table = await ask("times");
    console.log("Deep, MLP 784-128-10 x 10 outputs, wasm; in one process, one after the other");
    console.log("samples  background  seconds   us a pair  GFLOP     GFLOP/s");
    for (const { samples, references, seconds, flops } of table) {
      const cells = [
        samples,
        references,
        seconds.toPrecision(3),
        ((seconds * 1e6) / (samples * references)).toPrecision(3),
      ];
      const widths = [7, 10, 8, 9];
      const giga = flops / 1e9;
      console.log(
        [
          ...cells.map((cell, i) => String(cell).padEnd(widths[i])),
          giga.toPrecision(3).padEnd(8),
          (giga / seconds).toPrecision(3),
        ].join("  "),
      );
    }
    console.log("");
    const rows = [];
    for (const chunkMB of [64, 256]) {
      const { fileMB, tookMB, peakMB, seconds } = await ask("memory", String(chunkMB));
      rows.push({
        name: `Deep's memory, 10,000 x 784 x 10 values, 100 references, --chunk-mb ${chunkMB}`,
        measured: `${Math.round(tookMB)} MiB`,
        target: `within ${chunkMB} MiB`,
        met: tookMB <= chunkMB,
        note: `growth of the process at its peak, while it writes a file of ${Math.round(fileMB)} MiB; whole process ${Math.round(peakMB)} MiB; ${seconds.toPrecision(3)} s`,
      });
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}
