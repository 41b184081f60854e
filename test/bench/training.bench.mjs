// Seconds per epoch, validation included, of the recipes in test/fixtures/recipes: each backend that runs here, and Keras `fit`.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { nativeBackend } from "../hosts/nativeBackend.mjs";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { digitsFolder } from "./digitsRun.mjs";
import { median, Peer, sideBySide } from "./measure.mjs";

const run = promisify(execFile);

const MODELS = {
  mlp: { name: "MLP 784-128-10", examples: 8000 },
  cnn: { name: "CNN conv 16, conv 32", examples: 8000 },
  lstm: { name: "LSTM 64", examples: 2000 },
  mobileNet: { name: "small MobileNet", examples: 2000 },
};

/**
 * The backends that run here. `most`: no more examples than that, on those that are slow; `targets`: bounds of the ratio
 * to Keras, where one is aimed at.
 */
async function backends(root) {
  const cli = path.join(root, "dist/trainlens.js");
  const native = await nativeBackend(cli);
  const everywhere = (target) => Object.fromEntries(Object.keys(MODELS).map((model) => [model, target]));
  return {
    wasm: { args: [], env: {}, targets: { mlp: { atMost: 3 }, cnn: { atMost: 3 } } },
    native: { args: native.args, env: { TRAINLENS_RUNTIME: native.runtime }, targets: everywhere({ atMost: 1 }) },
    // A software adapter: no figure of a GPU.
    webgpu: { args: [], env: await softwareVulkan(), targets: {}, most: 512 },
    cpu: { args: [], env: {}, targets: {}, most: 64 },
  };
}

const EPOCHS = 4;

export async function bench({ python, root, backend: only }) {
  const { folder, trainlens, remove } = await digitsFolder(root);
  const rows = [];
  let runs = 0;
  try {
    for (const [backend, { args, env, targets, most = Infinity }] of Object.entries(await backends(root))) {
      if (only && backend !== only) continue;
      const matMul = await matMulRate(root, backend, args, env);
      for (const [model, { name, examples: all }] of Object.entries(MODELS)) {
        const examples = Math.min(all, most);
        const keras = new Peer(python, [path.join(root, "test/bench/training.py"), model, folder, String(examples)]);
        try {
          let flops = 0;
          const ours = async () => {
            const runFolder = path.join(folder, `run${runs++}`);
            const settings = ["--set", `epochs=${EPOCHS}`, "--set", `examples=${examples}`, "--seed", "1"];
            const recipe = path.join(root, "test/fixtures/recipes", `${model}.ts`);
            const command = ["train", recipe, "--run", runFolder, "--backend", backend, ...args, ...settings];
            await trainlens(command, env);
            const events = await readEvents(runFolder);
            const epochs = events.filter(({ type }) => type === "epoch");
            if (epochs.length !== EPOCHS) throw new Error(`${epochs.length} epochs were trained, not ${EPOCHS}`);
            flops = events.find(({ type }) => type === "model").flops;
            // The first compiles, as Keras's traces.
            return median(epochs.slice(1).map(({ seconds }) => seconds));
          };
          const title = `Training on ${backend}, ${name}, ${examples.toLocaleString("en")} digits, batch 128, one epoch`;
          const row = await sideBySide(title, ours, () => keras.measure(), targets[model] ?? {});
          rows.push({ ...row, note: rate(flops, examples, row.ours, matMul) });
          console.error(`${title}: ${row.ours.toFixed(3)} s, Keras ${row.python.toFixed(3)} s`);
        } finally {
          await keras.close();
        }
      }
    }
    return rows;
  } finally {
    await remove();
  }
}

/** GFLOP/s of the backend's matrix product, as the doctor measures it: what training would reach without overhead. */
async function matMulRate(root, backend, args, env) {
  const cli = path.join(root, "dist/trainlens.js");
  const { stdout } = await run(process.execPath, [cli, "doctor", "--json", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  const { backends } = JSON.parse(stdout);
  const rate = backends.find(({ name }) => name === backend)?.speed?.matMul.gflops;
  if (rate === undefined) throw new Error(`The doctor measured no matrix product on ${backend}`);
  return rate;
}

/** Forward and backward count as three forward passes over the training digits, validation as one over its own. */
function rate(flops, examples, seconds, matMul) {
  const gflops = (flops * (3 * examples + Math.max(64, examples / 8))) / seconds / 1e9;
  return `${gflops.toFixed(1)} GFLOP/s, ${Math.round((100 * gflops) / matMul)} % of matmul's ${Math.round(matMul)}`;
}

async function readEvents(runFolder) {
  const text = await readFile(path.join(runFolder, "events.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
