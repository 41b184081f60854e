/** Pictures hidden by inpainting and blur: OpenCV's pixels, and Python's values of a picture hidden so. */
import assert from "node:assert/strict";
import {
  ExactExplainer,
  ExplainerOptionError,
  type InpaintMethod,
  type MaskValue,
  PartitionExplainer,
  type Predictor,
  imageMasker,
  inpaint,
  parseMaskValue,
  squarePatches,
} from "../../src/shap";
import { FamilyFixture, assertParity } from "./shapFamily";

const fixture = new FamilyFixture("inpainting");
const METHODS = ["inpaint_telea", "inpaint_ns"] as const;
const small = fixture.rows("small");
const shape = small.shape.slice(1);

describe("inpaint", () => {
  const picture = Uint8Array.from(fixture.numbers("picture").data);
  const masks = fixture.numbers("masks");
  const [count, height, width] = masks.shape;
  const cases = METHODS.flatMap((method) => [
    { method, channels: 3, name: method },
    { method, channels: 1, name: `${method}_grey` },
  ]);
  for (const { method, channels, name } of cases)
    it(`${name}: OpenCV's pixels to the grey level, at the edges too`, () => {
      const taken = channels === 3 ? picture : picture.filter((_, i) => i % 3 === 0);
      const expected = fixture.numbers(name).data;
      const filled = Array.from({ length: count }, (_, n) => {
        const hidden = Uint8Array.from(masks.data.slice(n * height * width, (n + 1) * height * width));
        return Array.from(inpaint(taken, hidden, [height, width, channels], method));
      });
      assert.deepEqual(filled.flat(), Array.from(expected));
    });
});

describe("a picture hidden by", () => {
  const [w0, b0, w1, b1] = ["w0", "b0", "w1", "b1"].map((name) => fixture.numbers(name));
  const perceptron = fixture.perceptron([w0, b0, w1, b1]);
  /** Takes pictures of 0 to `white`. */
  const model = (white: 1 | 255): Predictor => ({
    ...perceptron,
    featureShape: shape,
    predict: ({ data, shape }) =>
      perceptron.predict({ data: white === 1 ? data : data.map((value) => value / 255), shape }),
  });
  const values = async (white: 1 | 255, value: MaskValue) => {
    const x = { ...small, data: white === 1 ? small.data.map((level) => level / 255) : small.data };
    const explainer = new PartitionExplainer(model(white), imageMasker(shape, value, white));
    return await explainer.shapValues(x, { maxEvals: 400 });
  };

  for (const text of ["inpaint_telea", "inpaint_ns", "blur(3,3)"])
    it(`${text}: Python's values, of grey levels and of 0 to 1 alike`, async () => {
      const expected = fixture.numbers(`values_${text.replace("(3,3)", "")}`).data;
      for (const white of [255, 1] as const) {
        const result = await values(white, parseMaskValue(text));
        assertParity(`${text}, 0 to ${white}`, result.values, expected, 1e-5);
        assert.ok(result.additivityError < 1e-5, String(result.additivityError));
        // shap's masker as it is, through which hidden pixels still tell a little.
        if (text !== "blur(3,3)")
          assertParity(`shap's ${text}`, result.values, fixture.numbers(`plain_${text}`).data, 0.13);
      }
    });

  it("a blur of any size: OpenCV's", () => {
    for (const blur of [[3, 3] as const, [4, 1] as const, [5, 2] as const]) {
      const blurred = imageMasker(shape, { blur }).standIns(small.data);
      assertParity(`blur ${blur.join(" x ")}`, blurred, fixture.numbers(`blur_${blur.join("_")}`).data, 1e-6);
    }
  });

  it("a number: that", () => {
    assert.deepEqual(new Set(imageMasker(shape, parseMaskValue("0.5")).standIns(small.data)), new Set([0.5]));
  });

  const filledBy = (method: InpaintMethod, x: Float32Array, shown: number[]): Float32Array => {
    const masker = imageMasker(shape, method);
    const row = masker.standIns(x).slice();
    for (const feature of shown) row[feature] = x[feature];
    masker.fillIn?.(row, x, Int32Array.from(shown));
    return row;
  };
  const everything = Array.from(small.data.keys());

  it("inpainting: what hidden pixels held has no influence but on the mean, which stands in where all are hidden", () => {
    // The upper half, and the same with its values in another order: the mean stays.
    const half = small.data.length / 2;
    const shown = everything.filter((i) => i >= half);
    const turned = small.data.slice();
    for (let i = 0; i < half; i += 3) turned.set(small.data.subarray(half - 3 - i, half - i), i);
    assert.notDeepEqual(turned, small.data);
    for (const method of METHODS) {
      const filled = filledBy(method, small.data, shown);
      assert.deepEqual(filledBy(method, turned, shown), filled);
      assert.ok(shown.every((i) => filled[i] === small.data[i]));
      assert.ok(new Set(filled.subarray(0, half)).size > 10, "it is no single colour");
      assert.deepEqual(filledBy(method, small.data, everything), small.data);
      assert.equal(new Set(filledBy(method, small.data, [])).size, 3);
    }
  });

  it("inpainting: a pixel with one hidden channel is filled in all of them, as by shap", () => {
    const filled = filledBy("inpaint_telea", small.data, everything.slice(1));
    assert.ok([0, 1, 2].every((i) => filled[i] !== small.data[i]));
    assert.deepEqual(filled.subarray(3), small.data.subarray(3));
  });

  it("inpainting: other explainers and patches too, of which each may have an effect", async () => {
    const players = squarePatches(shape, 3);
    const masker = { ...imageMasker(shape, "inpaint_telea"), players, playerCount: 4 };
    const grey = small.data.slice().fill(128);
    grey[0] = 0;
    const { values, additivityError } = await new ExactExplainer(model(255), masker).shapValues(
      { data: grey, shape: small.shape },
      {},
    );
    assert.ok(additivityError < 1e-5 && values[0] !== 0);
  });

  it("says what it cannot take", async () => {
    assert.throws(() => parseMaskValue("inpaint"), /inpaint_telea, inpaint_ns, blur\(3,3\), or a number/);
    assert.throws(() => imageMasker(shape, { blur: [0, 3] }), ExplainerOptionError);
    assert.throws(() => imageMasker([1, 5, 3], "inpaint_ns"), /2 x 2 pixels/);
    assert.throws(() => imageMasker([25], "inpaint_ns"), /\[height, width, channels\]/);
    const explainer = new PartitionExplainer(model(1), imageMasker(shape, "inpaint_ns", 1));
    await assert.rejects(explainer.shapValues(small, { maxEvals: 10 }), /from 0 to 1, as the background's/);
  });
});
