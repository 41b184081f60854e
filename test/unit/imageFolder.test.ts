/** Pictures that Pillow wrote, at the sizes that Pillow gives them, and broken ones. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DataError, type ImageFolderOptions, imageFolder } from "../../src/data";
import { pictureDecoder } from "../../src/data/images/decode";
import { resized } from "../../src/data/images/resize";
import { readNpz } from "../../src/npz";

const FIXTURES = path.resolve("test", "fixtures", "pictures");
const fixture = (name: string): Buffer => readFileSync(path.join(FIXTURES, name));

describe("pictures", () => {
  const expected = readNpz(fixture("expected.npz"));
  const decode = pictureDecoder();
  const names = readdirSync(FIXTURES).filter((name) => /\.(png|jpg|webp)$/.test(name) && name !== "cmyk.jpg");

  for (const name of names)
    it(`${name} is what Pillow makes of it`, async () => {
      const pixels = await decode(fixture(name));
      for (const [kind, channels] of [
        ["smaller", 3],
        ["larger", 3],
        ["grey", 1],
      ] as const) {
        const wanted = expected.get(`${name} ${kind}`);
        assert.ok(wanted?.kind === "numeric");
        const [height, width] = wanted.shape;
        const actual = resized(pixels, [height, width], channels);
        assert.equal(actual.length, wanted.data.length);
        // Pillow rounds to whole numbers, twice where it resizes.
        const off = actual.reduce((most, value, i) => Math.max(most, Math.abs(value * 255 - wanted.data[i])), 0);
        assert.ok(off <= 1.6, `${kind}: ${off}`);
      }
    });
});

describe("imageFolder", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = (name: string, content: Buffer | string): void => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === "string") cpSync(path.join(FIXTURES, content), file);
    else writeFileSync(file, content);
  };
  /** Ten pictures of each class: "grey" without colours, "photo" with. */
  const fill = (where = ""): void => {
    for (let i = 0; i < 10; i++) {
      put(path.join(where, "grey", `${i}.png`), "grey.png");
      put(path.join(where, "photo", "deeper", `${i}.JPG`), "photo.jpg");
    }
  };
  const refused = (message: RegExp, advice: RegExp, options: Partial<ImageFolderOptions> = {}): Promise<void> =>
    assert.rejects(imageFolder(folder, { size: [4, 6], ...options }), (error) => {
      assert.ok(error instanceof DataError, String(error));
      assert.match(error.message, message);
      assert.match(error.advice ?? "", advice);
      return true;
    });

  it("has a class for each folder, split by class", async () => {
    fill();
    put("grey/notes.txt", Buffer.from("no picture"));
    const data = await imageFolder(folder, { size: [4, 6], split: { validation: 0.2, test: 0.2 } });
    assert.deepEqual(data.classNames, ["grey", "photo"]);
    assert.deepEqual(data.loading, {});
    const splits = [data.train, data.validation, data.test];
    assert.deepEqual(
      splits.map((split) => split?.x.shape),
      [12, 4, 4].map((count) => [count, 4, 6, 3]),
    );
    for (const split of splits) {
      const { x, y } = split ?? data.train;
      for (let n = 0; n < x.shape[0]; n++) {
        const picture = x.data.subarray(n * 72, (n + 1) * 72);
        const colourful = picture.some((value, i) => Math.abs(value - picture[i - (i % 3)]) > 0.1);
        assert.deepEqual([...y.data.subarray(n * 2, n * 2 + 2)], colourful ? [0, 1] : [1, 0]);
      }
      assert.equal(y.data.filter((value, i) => i % 2 === 0 && value === 1).length, x.shape[0] / 2);
    }
  });

  it("takes folders train and test for the splits", async () => {
    fill("train");
    put("test/grey/a.png", "grey.png");
    put("test/photo/a.webp", "lossy.webp");
    const data = await imageFolder(folder, { size: [2, 2], channels: 1 });
    assert.deepEqual([data.test?.x.shape, data.validation.x.shape[0]], [[2, 2, 2, 1], 3]);
    assert.deepEqual([...(data.test?.y.data ?? [])], [1, 0, 0, 1]);
    put("test/other/a.png", "grey.png");
    await refused(/class "other" of .* is in no folder of train/, /learn it from/);
  });

  it("names broken pictures, and skips them only where the recipe says so", async () => {
    fill();
    put("grey/cut.png", fixture("grey.png").subarray(0, 120));
    put("photo/cut.jpg", fixture("photo.jpg").subarray(0, -60));
    put("photo/cut.webp", fixture("lossy.webp").subarray(0, 100));
    put("photo/text.png", Buffer.from("hello"));
    put("photo/cmyk.jpg", "cmyk.jpg");
    put("photo/old.gif", Buffer.from("GIF89a"));
    await refused(
      /has 6 pictures that cannot be used: photo.old\.gif is of no format.*grey.cut\.png is a damaged PNG.*cmyk\.jpg.*cut\.jpg is a damaged JPEG file: premature end.*cut\.webp is a damaged WEBP.*text\.png is neither PNG nor JPEG nor WebP/,
      /onBroken: "skip"/,
    );
    const data = await imageFolder(folder, { size: [4, 6], onBroken: "skip" });
    assert.deepEqual([data.loading?.skipped, data.loading?.problems?.length], [6, 6]);
    const count = [data.train, data.validation, data.test].reduce((sum, split) => sum + (split?.x.shape[0] ?? 0), 0);
    assert.equal(count, 20);
  });

  it("says what is wrong with a folder, and what to do", async () => {
    await refused(/has no folders/, /a folder of PNG, JPEG or WebP files for each class/);
    put("grey/0.png", "grey.png");
    await refused(/one folder only/, /for each class/);
    mkdirSync(path.join(folder, "photo"));
    await refused(/photo has no pictures/, /for each class/);
    fill();
    await refused(/size of the pictures is \[0, 6\]/, /64, 64/, { size: [0, 6] });
    await refused(/pictures of \[9000, 9000, 3\] take 18\.1 GiB/, /channels: 1/, { size: [9000, 9000] });
    await assert.rejects(imageFolder(path.join(folder, "none"), { size: [4, 4] }), /There is no .*none/);
    await assert.rejects(imageFolder(path.join(folder, "grey", "0.png"), { size: [4, 4] }), /is a file, not a folder/);
  });
});
