// Packs pictures of the npm package `emoji-datasource-google` 16.0.0 (pictures: Google's Noto Emoji, Apache-2.0) into
// emoji.bin.br. Neither the package nor pngjs, which decodes it, is a dependency:
//   npm pack emoji-datasource-google@16.0.0 && tar xzf emoji-datasource-google-16.0.0.tgz && npm install --prefix . pngjs
//   node src/data/emoji/make.mjs package node_modules/pngjs
// The file, packed by brotli: for each picture one byte, its class; then the pictures, 64 x 64 pixels of red, green and
// blue, row by row, on white. A colour is kept to 5 bits. Their order is shuffled once, here: the first ones are of all classes.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { brotliCompressSync, constants } from "node:zlib";

const SIDE = 64;
const STEP = 8;

const [, , from, decoder] = process.argv;
if (!from || !decoder) throw new Error("usage: node make.mjs <the package's folder> <folder of pngjs>");
const { PNG } = createRequire(import.meta.url)(path.resolve(decoder));

/** The same person again: as a man, as a woman, or looking the other way. */
const isVariant = ({ unified }) => /-(2640|2642|27A1)\b|^1F46[89]-200D/.test(unified);

/** In the order of the classes. */
const CLASSES = {
  animal: ({ subcategory }) => subcategory.startsWith("animal-"),
  food: ({ category }) => category === "Food & Drink",
  face: ({ category, subcategory }) =>
    category === "Smileys & Emotion" && /^(face-|cat-face|monkey-face)/.test(subcategory),
  person: (emoji) => emoji.category === "People & Body" && emoji.subcategory.startsWith("person") && !isVariant(emoji),
  place: ({ category, subcategory }) =>
    category === "Travel & Places" &&
    /^(transport-|place-(building|religious|geographic|other)|hotel)/.test(subcategory),
  object: ({ category }) => category === "Objects",
};

const all = JSON.parse(await readFile(path.join(from, "emoji.json"), "utf8"))
  .filter(({ has_img_google: drawn }) => drawn)
  .sort((a, b) => a.sort_order - b.sort_order);
const chosen = Object.values(CLASSES).flatMap((belongs, label) =>
  all.filter(belongs).map(({ image }) => ({ image, label })),
);

/** mulberry32: the order must be the same on every machine. Fisher and Yates. */
let state = 20261125;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
for (let i = chosen.length - 1; i > 0; i--) {
  const j = Math.floor(random() * (i + 1));
  [chosen[i], chosen[j]] = [chosen[j], chosen[i]];
}

const labels = Buffer.from(chosen.map(({ label }) => label));
const pictures = Buffer.alloc(chosen.length * SIDE * SIDE * 3);
for (const [i, { image }] of chosen.entries()) {
  const { width, height, data } = PNG.sync.read(await readFile(path.join(from, "img", "google", "64", image)));
  if (width !== SIDE || height !== SIDE) throw new Error(`${image} is ${width} x ${height}`);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const opacity = data[pixel * 4 + 3] / 255;
    for (let channel = 0; channel < 3; channel++) {
      const value = 255 * (1 - opacity) + data[pixel * 4 + channel] * opacity;
      pictures[(i * SIDE * SIDE + pixel) * 3 + channel] = Math.min(255, STEP * Math.round(value / STEP));
    }
  }
}
const whole = Buffer.concat([labels, pictures]);
const packed = brotliCompressSync(whole, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: whole.length,
  },
});
await writeFile(path.join(import.meta.dirname, "emoji.bin.br"), packed);
process.stdout.write(
  `${chosen.length} pictures: ${Object.keys(CLASSES)
    .map((name, label) => `${name} ${chosen.filter((one) => one.label === label).length}`)
    .join(", ")}\n`,
);
