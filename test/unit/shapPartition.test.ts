/** PartitionExplainer against Python's, its hierarchies, and occlusion. */
import assert from "node:assert/strict";
import {
  ExactExplainer,
  OcclusionExplainer,
  PartitionExplainer,
  type Predictor,
  blurMasker,
  imageClustering,
  independentMasker,
  partitionMasker,
} from "../../src/shap";
import { FamilyFixture, assertParity } from "./shapFamily";

const fixture = new FamilyFixture("partition");
const predictor = fixture.perceptron();
const [background, samples] = [fixture.rows("background"), fixture.rows("samples")];

describe("PartitionExplainer", () => {
  const masker = { ...independentMasker(background), clustering: fixture.clustering("clustering") };

  it("with Python's hierarchy: Python's values, to the leaves and cut short", async () => {
    const explainer = new PartitionExplainer(predictor, masker);
    const all = await explainer.shapValues(samples, { maxEvals: 2000 });
    assertParity("partition", all.values, fixture.numbers("values").data, 1e-6);
    const few = await explainer.shapValues(samples, { maxEvals: 14 });
    assertParity("partition, cut short", few.values, fixture.numbers("few").data, 1e-6);
    assert.ok(all.additivityError < 1e-6 && few.additivityError < 1e-6);
  });

  it("of a picture that is halved: Python's values", async () => {
    const weights = ["w0", "b0", "w1", "b1"].map((name) => fixture.numbers(`image_${name}`));
    const picture: Predictor = { ...fixture.perceptron(weights), featureShape: [3, 4, 2] };
    const zeros = { data: new Float32Array(24), shape: [1, 3, 4, 2] };
    const halved = { ...independentMasker(zeros), clustering: imageClustering([3, 4, 2]) };
    const result = await new PartitionExplainer(picture, halved).shapValues(fixture.rows("picture"), {
      maxEvals: 5000,
    });
    assertParity("partition of a picture", result.values, fixture.numbers("image_values").data, 1e-6);
  });

  it("joins what is correlated first", () => {
    const column = [1, 2, 3, 5];
    const data = Float32Array.from(column.flatMap((value, i) => [value, [3, 1, 4, 1][i], -2 * value]));
    const { clustering } = partitionMasker({ data, shape: [4, 3] });
    assert.ok(clustering);
    assert.deepEqual(
      [Array.from(clustering.left), Array.from(clustering.right)],
      [
        [0, 3],
        [2, 1],
      ],
    );
    assert.ok(clustering.distance[0] < 1e-6 && clustering.distance[1] > 0.1);
  });

  it("needs a hierarchy", async () => {
    const explaining = new PartitionExplainer(predictor, independentMasker(background)).shapValues(samples, {});
    await assert.rejects(explaining, /hierarchy/);
  });
});

describe("a blurred picture", () => {
  it("is the mean around each pixel, mirrored at the edges", () => {
    const { standIns } = blurMasker([1, 4, 1], 3);
    assert.deepEqual(Array.from(standIns(Float32Array.of(0, 3, 6, 0))), [2, 3, 3, 4]);
    const even = blurMasker([5, 5, 2], 3).standIns(new Float32Array(50).fill(0.5));
    assert.ok(even.every((value) => Math.abs(value - 0.5) < 1e-6));
    assert.throws(() => blurMasker([4, 4, 1], 0), /from 1 on/);
  });
});

describe("OcclusionExplainer", () => {
  it("is exact for a model of one feature's effect each, as Shapley values are", async () => {
    const additive: Predictor = {
      ...{ featureShape: [3], outputs: 1, bytesPerRow: 16 },
      predict: ({ data, shape }) =>
        Float64Array.from(
          { length: shape[0] },
          (_, n) => data[n * 3] ** 2 - 2 * data[n * 3 + 1] + Math.sin(data[n * 3 + 2]),
        ),
    };
    const masker = independentMasker({ data: Float32Array.of(0, 1, 2, 3, 1, 0), shape: [2, 3] });
    const x = { data: Float32Array.of(2, -1, 0.5), shape: [1, 3] };
    const [occlusion, exact] = [
      await new OcclusionExplainer(additive, masker).shapValues(x, {}),
      await new ExactExplainer(additive, masker).shapValues(x, {}),
    ];
    assertParity("occlusion", occlusion.values, exact.values, 1e-6);
    const result = await new OcclusionExplainer(predictor, independentMasker(background)).shapValues(samples, {});
    assert.ok(result.additivityError > 1e-3, "a model with interactions does not add up");
  });
});
