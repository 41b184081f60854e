/** Options of single methods of `trainlens explain`: as they are typed, and what the methods make of them. */
import assert from "node:assert/strict";
import type { ModelMethod } from "../../src/protocol/explainMethods";
import type { NdArray } from "../../src/protocol/ndArray";
import { MODEL_METHODS, type Method } from "../../src/runner/explain/methods";
import { type Parameters, type TypedParameters, parseParameters } from "../../src/runner/explain/parameters";
import type { Attributions, Predictor, ShapValues } from "../../src/shap";

const array = (shape: number[], value: (i: number) => number): NdArray => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
  shape,
});

/** The mean of squares, a probability for values of 0 to 1. */
function squares(featureShape: number[], scale: number): Predictor {
  return {
    ...{ featureShape, outputs: 1, bytesPerRow: 1000 },
    predict: ({ data, shape }) => {
      const width = data.length / shape[0];
      return Float64Array.from({ length: shape[0] }, (_, n) =>
        data.subarray(n * width, (n + 1) * width).reduce((sum, value) => sum + (value / scale) ** 2 / width, 0),
      );
    },
  };
}

async function explained(
  name: ModelMethod,
  typed: TypedParameters,
  { scale = 1, shape = [4, 4, 1], rows = 3 } = {},
): Promise<ShapValues | Attributions> {
  const method: Method = MODEL_METHODS[name];
  assert.ok(method.needs === "answers");
  const parameters: Parameters = parseParameters(name, typed);
  return await method.explain({
    predictor: squares(shape, scale),
    samples: array([1, ...shape], (i) => Math.round((scale * 255 * (i % 7)) / 8) / 255),
    background: array([rows, ...shape], (i) => (scale * ((i * 5) % 11)) / 12),
    parameters,
    options: { chunkMB: 16, seed: 1, onProgress: () => undefined, signal: new AbortController().signal },
  });
}

describe("--mask-value", () => {
  it("hides pixels so: each way its own values, of which the background tells the range", async () => {
    const all: number[][] = [];
    for (const maskValue of ["inpaint_telea", "inpaint_ns", "blur(3,1)", "0.5"]) {
      const { values, additivityError } = await explained("partition", { maskValue });
      assert.ok(additivityError < 1e-6);
      all.push(Array.from(values));
    }
    assert.equal(new Set(all.map(String)).size, 4);
    const grey = await explained("partition", { maskValue: "inpaint_telea" }, { scale: 255 });
    all[0].forEach((value, i) => assert.ok(Math.abs(value - grey.values[i]) < 1e-3));
  });

  it("is refused where it is none, beside --blur, and by other methods", async () => {
    await assert.rejects(explained("partition", { maskValue: "smear" }), /mask_value "smear" is none of inpaint_telea/);
    await assert.rejects(explained("partition", { maskValue: "0", blur: "3" }), /--blur and --mask-value/);
    assert.throws(() => parseParameters("exact", { maskValue: "0" }), /--mask-value is no option of --method exact/);
  });
});
