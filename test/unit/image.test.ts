import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import type { OutputSlice } from "../../src/protocol/explanation";
import {
  effectLimit,
  imageLayout,
  imageShape,
  pixelAt,
  pixelColors,
  pixelEffects,
  pixelIntensities,
} from "../../webview/plots/layout/image";
import { encodePng } from "../../webview/plots/raster";

const generic = (n: number): string[] => Array.from({ length: n }, (_, i) => `Feature ${i}`);

describe("image explanations", () => {
  it("are told by shape and by names that say nothing", () => {
    assert.deepEqual(imageShape([784], generic(784)), { height: 28, width: 28, channels: 1 });
    assert.deepEqual(imageShape([28, 20, 3], generic(1680)), { height: 28, width: 20, channels: 3 });
    assert.deepEqual(imageShape([28, 28], generic(784)), { height: 28, width: 28, channels: 1 });
    assert.equal(imageShape([783], generic(783)), undefined, "no square");
    assert.equal(imageShape([9], generic(9)), undefined, "too small to be one");
    assert.equal(imageShape([64], [...generic(63), "age"]), undefined, "a named feature");
    const pairs = Array.from(
      { length: 100 },
      (_, i) => `${"abcdefghij"[Math.floor(i / 10)]} × ${"abcdefghij"[i % 10]}`,
    );
    assert.equal(imageShape([10, 10], pairs), undefined, "interactions");
    assert.equal(imageShape([10, 10, 7], generic(700)), undefined, "no such channels");
  });

  const shape = { height: 2, width: 2, channels: 3 };
  const slice: OutputSlice = {
    outputIndex: 0,
    outputName: "y",
    rows: [0],
    samples: 1,
    features: 12,
    featureShape: [2, 2, 3],
    featureNames: generic(12),
    values: Float32Array.from([1, 2, 3, -1, -1, -1, 0, 0, NaN, 4, 0, 0]),
    baseValues: new Float64Array(1),
    data: Float32Array.from([0, 0, 0, 3, 3, 3, 1, 1, 1, 2, 2, 2]),
    meta: {},
  };

  it("sum attributions over channels and stretch intensities to 0…1", () => {
    assert.deepEqual([...pixelEffects(slice, 0, shape)], [6, -3, 0, 4]);
    assert.deepEqual(
      [...(pixelIntensities(slice, 0, shape) ?? [])].map((x) => Math.round(x * 3)),
      [0, 3, 1, 2],
    );
  });

  it("show a picture in colour as it is, or stretched where its values are of another range", () => {
    const colors = (...data: number[]) =>
      pixelColors({ ...slice, data: Float32Array.from(data) }, 0, { ...shape, height: 1 });
    assert.deepEqual([...(colors(0, 0.2, 1, 0.4, 0.4, 0.4) ?? [])], [0, 51, 255, 102, 102, 102]);
    assert.deepEqual([...(colors(0, 51, 200, 2, 3, 4) ?? [])], [0, 51, 200, 2, 3, 4]);
    assert.deepEqual([...(colors(-1, 1, 0, -1, 0, NaN) ?? [])], [0, 255, 128, 0, 128, 0]);
    assert.equal(pixelColors(slice, 0, { height: 2, width: 6, channels: 1 }), undefined);
  });

  it("scale colours symmetrically, by the 99.9th percentile", () => {
    assert.equal(effectLimit([Float64Array.from([1, -5, 2])]).toFixed(3), "4.994");
    assert.equal(effectLimit([new Float64Array(5)]), 0);
    const lonely = new Float64Array(100_000);
    lonely[3] = -2;
    assert.equal(effectLimit([lonely]), 2);
  });

  it("stand in a grid within the width, without overlap, and find the pixel under the pointer", () => {
    for (const width of [280, 700, 1400]) {
      const layout = imageLayout({ height: 28, width: 28 }, 11, { width, fontSize: 12 });
      layout.panels.forEach((p, i) => {
        assert.ok(p.x + layout.panelWidth <= width + 1e-9 && p.y + layout.panelHeight <= layout.height);
        layout.panels.slice(i + 1).forEach((q) => {
          const apart =
            Math.abs(p.x - q.x) >= layout.panelWidth - 1e-9 || Math.abs(p.y - q.y) >= layout.panelHeight + 12;
          assert.ok(apart);
        });
      });
      const { x, y } = layout.panels[4];
      const cell = layout.panelWidth / 28;
      assert.deepEqual(pixelAt(layout, { height: 28, width: 28, channels: 1 }, x + cell * 3.5, y + cell * 7.5), {
        panel: 4,
        row: 7,
        column: 3,
      });
      assert.equal(pixelAt(layout, { height: 28, width: 28, channels: 1 }, x, y - 2), undefined);
    }
  });

  it("are encoded as PNG that another decoder reads back", () => {
    const pixels = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => i * 9);
    const png = Buffer.from(encodePng(3, 2, pixels));
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [3, 2]);
    const at = png.indexOf("IDAT");
    const lines = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    assert.deepEqual([...lines], [0, ...pixels.subarray(0, 9), 0, ...pixels.subarray(9)]);
    // The check sum of an empty IEND chunk is a constant of the format.
    assert.equal(png.subarray(-4).toString("hex"), "ae426082");
  });
});
