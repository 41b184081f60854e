/** Options of single methods of `trainlens explain`: as they are typed, and what the methods make of them. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { ModelMethod } from "../../src/protocol/explainMethods";
import type { NdArray } from "../../src/protocol/ndArray";
import { openBackend } from "../../src/runner/backends";
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

/** The values of one sample by a method that asks for answers. */
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
    options: {
      chunkMB: 16,
      seed: 1,
      firstSample: 0,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
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

describe("--masker", () => {
  it("impute: other values than independent, by every method that takes it", async () => {
    const table = { shape: [3], rows: 20 };
    for (const method of ["kernel", "permutation", "exact", "sampling", "partition", "occlusion"] as const) {
      const [independent, impute] = [
        await explained(method, { masker: "independent" }, table),
        await explained(method, { masker: "impute" }, table),
      ];
      assert.notDeepEqual(impute.values, independent.values, method);
      assert.deepEqual((await explained(method, {}, table)).values, independent.values, method);
    }
  });

  it("of linear models: --feature-perturbation", async () => {
    await openBackend("cpu");
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const background = array([20, 3], (i) => ((i * 5) % 11) / 12 + Number(i % 3 === 2) * Math.floor(i / 3));
    const options = {
      chunkMB: 16,
      seed: 1,
      firstSample: 0,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    };
    const explain = async (typed: TypedParameters): Promise<number[]> => {
      const parameters = parseParameters("linear", { nsamples: "20", ...typed });
      const samples = array([1, 3], (i) => i + 0.5);
      const work = { model, predictor: squares([3], 1), samples, background, parameters, options };
      return Array.from((await MODEL_METHODS.linear.explain(work)).values);
    };
    const impute = await explain({ masker: "impute" });
    assert.deepEqual(impute, await explain({ featurePerturbation: "correlation_dependent" }));
    assert.notDeepEqual(impute, await explain({ masker: "independent" }));
    assert.deepEqual(await explain({}), await explain({ masker: "independent" }));
    await assert.rejects(
      explain({ masker: "impute", featurePerturbation: "interventional" }),
      /--masker impute is --feature-perturbation correlation_dependent, not interventional/,
    );
    model.dispose();
  });

  it("is refused where another option says something else", async () => {
    await assert.rejects(
      explained("partition", { masker: "impute", blur: "3" }),
      /--masker and --mask-value or --blur/,
    );
    await assert.rejects(explained("exact", { masker: "impute" }, { rows: 1 }), /2 rows or more/);
    assert.throws(() => parseParameters("deep", { masker: "impute" }), /--masker is no option of --method deep/);
  });
});

describe("--link logit", () => {
  it("explains log odds, adding up to them, by each method that takes it", async () => {
    const table = { shape: [3], rows: 5 };
    const [odds] = (await explained("exact", { link: "logit" }, table)).predictions;
    for (const method of ["kernel", "permutation", "sampling", "partition"] as const) {
      const { predictions, additivityError } = await explained(method, { link: "logit" }, table);
      assert.ok(Math.abs(predictions[0] - odds) < 1e-6 && additivityError < 1e-5, method);
    }
    assert.notEqual((await explained("exact", {}, table)).predictions[0], odds);
  });
});

describe("--method lime", () => {
  const table = { shape: [4], rows: 30 };

  it("of a table: each option its own values, with lime's names", async () => {
    const all: string[] = [];
    for (const typed of [
      {},
      { nsamples: "300" },
      { discretizer: "decile" },
      { discretizeContinuous: "false" },
      { discretizeContinuous: "false", sampleAroundInstance: true },
      { numFeatures: "2", featureSelection: "lasso_path" },
      { kernelWidth: "0.5" },
      { categoricalFeatures: "0, 2" },
    ] as const)
      all.push(String((await explained("lime", typed, table)).values));
    assert.equal(new Set(all).size, all.length);
    const few = await explained("lime", { numFeatures: "2" }, table);
    assert.equal(Array.from(few.values).filter((value) => value !== 0).length, 2);
    assert.deepEqual(parseParameters("lime", { categoricalFeatures: "0, 2", discretizeContinuous: "true" }), {
      categoricalFeatures: "0,2",
      discretizeContinuous: true,
    });
  });

  it("of a picture or patches: shown or hidden, with no option of tables", async () => {
    const { values } = await explained("lime", { patch: "2", nsamples: "50", kernelWidth: "0.3" });
    assert.deepEqual([values[0], values[2]], [values[5], values[7]]);
    await assert.rejects(explained("lime", { discretizer: "decile" }), /--discretizer is for tables/);
    await assert.rejects(explained("lime", { patch: "2", numFeatures: "3" }), /--num-features is for tables/);
  });

  it("refuses what is no number, and what does not fit together", async () => {
    assert.throws(() => parseParameters("lime", { categoricalFeatures: "sex" }), /--categorical-features 0,3|no list/);
    assert.throws(() => parseParameters("lime", { kernelWidth: "0" }), /--kernel-width/);
    await assert.rejects(
      explained("lime", { sampleAroundInstance: true }, table),
      /set discretize_continuous to false/,
    );
    await assert.rejects(explained("lime", { categoricalFeatures: "4" }, table), /from 0 to 3, not 4/);
  });
});
