/** Judges on linear models, whose scores are known in closed form. */
import assert from "node:assert/strict";
import type { NdArray } from "../../src/protocol/ndArray";
import { type Judged, type Predictor, faithfulness, infidelity, maxSensitivity, stability } from "../../src/shap";
import { noise } from "./shapModels";

const WEIGHTS = [[3, -2, 0.5, 1].map((w) => [w, -w])].flat();
/** f(x) = (w x, - w x). */
const linear: Predictor = {
  featureShape: [4],
  outputs: 2,
  bytesPerRow: 64,
  predict: ({ data, shape }) =>
    Float64Array.from({ length: shape[0] * 2 }, (_, i) =>
      WEIGHTS.reduce((sum, w, k) => sum + w[i % 2] * data[Math.floor(i / 2) * 4 + k], 0),
    ),
};

function meanOf({ data, shape }: NdArray): number[] {
  return [0, 1, 2, 3].map((i) => data.reduce((sum, value, at) => sum + (at % 4 === i ? value : 0), 0) / shape[0]);
}

/** phi = w (x - mean), exact for a linear model. */
function explainLinear(x: NdArray, background: NdArray, outputs: ArrayLike<number>): Float64Array {
  const means = meanOf(background);
  return Float64Array.from(
    x.data,
    (value, at) => WEIGHTS[at % 4][outputs[Math.floor(at / 4)]] * (value - means[at % 4]),
  );
}

const near = (actual: number, expected: number, tolerance = 1e-6): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

describe("judges of a linear model", () => {
  const background = noise([30, 4], 3);
  const x = noise([3, 4], 5);
  const outputs = Int32Array.of(0, 1, 0);
  const judged: Judged = { x, outputs, values: explainLinear(x, background, outputs) };
  const one = (values: number[]): Judged => ({
    x: { data: x.data.subarray(0, 4), shape: [1, 4] },
    outputs: Int32Array.of(0),
    values,
  });

  it("deletion takes the highest values away one after the other, insertion brings them back", async () => {
    const phi = Array.from(judged.values).slice(0, 4);
    const found = await faithfulness(linear, background, one(phi));
    const full = Array.from(linear.predict(one(phi).x) as Float64Array)[0];
    const sorted = [...phi].sort((a, b) => b - a);
    const taken = (count: number): number => sorted.slice(0, count).reduce((a, b) => a + b, 0);
    const base = full - taken(4);
    assert.deepEqual(found.fractions, [0, 0.25, 0.5, 0.75, 1]);
    found.deletion.forEach((value, step) => near(value, full - taken(step)));
    found.insertion.forEach((value, step) => near(value, base + taken(step)));
    // Trapezoids: the ends count half.
    const area = (curve: number[]): number =>
      (curve.reduce((a, b) => a + b, 0) - (curve[0] + curve[curve.length - 1]) / 2) / 4;
    near(found.deletionArea, area(found.deletion));
    near(found.insertionArea, area(found.insertion));
    near(found.deletionArea + found.insertionArea, full + base);
    assert.ok(found.deletionArea <= found.randomArea && found.randomArea <= found.insertionArea);
  });

  it("the opposite of the values has the opposite areas", async () => {
    const [straight, reversed] = [
      await faithfulness(linear, background, judged),
      await faithfulness(linear, background, { ...judged, values: Float64Array.from(judged.values, (v) => -v) }),
    ];
    assert.ok(straight.deletionArea < reversed.deletionArea && straight.insertionArea > reversed.insertionArea);
  });

  it("infidelity is 0 for exact values, and 1 in relation for values of 0", async () => {
    const exact = await infidelity(linear, background, judged, { seed: 1 });
    assert.ok(exact.infidelity < 1e-10 && exact.relative < 1e-10, JSON.stringify(exact));
    const nothing = await infidelity(linear, background, { ...judged, values: new Float64Array(12) }, { seed: 1 });
    near(nothing.relative, 1, 1e-12);
    // Twice the values are as far off as none; half of them by a quarter in squares.
    const scaled = (factor: number): Judged => ({
      ...judged,
      values: Float64Array.from(judged.values, (v) => factor * v),
    });
    near((await infidelity(linear, background, scaled(2), { seed: 1 })).relative, 1);
    near((await infidelity(linear, background, scaled(0.5), { seed: 1 })).relative, 0.25);
    assert.deepEqual(
      await infidelity(linear, background, scaled(0.5)),
      await infidelity(linear, background, scaled(0.5)),
    );
  });

  it("max-sensitivity of a linear model stays within what its weights allow, and comes near it", async () => {
    const ranges = [0, 1, 2, 3].map((i) => {
      const column = Array.from(background.data).filter((_, at) => at % 4 === i);
      return Math.max(...column) - Math.min(...column);
    });
    const bound = Math.hypot(...ranges.map((range, i) => range * 0.1 * WEIGHTS[i][0]));
    const found = await maxSensitivity(
      background,
      judged,
      (moved) => Promise.resolve(explainLinear(moved, background, outputs)),
      { radius: 0.1, draws: 300 },
    );
    const norms = [0, 1, 2].map((n) => Math.hypot(...Array.from(judged.values).slice(4 * n, 4 * n + 4)));
    const most = Math.max(...norms.map((norm) => bound / norm));
    assert.ok(found.worst <= most + 1e-6 && found.worst > 0.8 * most, `${found.worst} of ${most}`);
    assert.ok(found.mean <= found.worst);
    const constant = await maxSensitivity(background, judged, () => Promise.resolve(judged.values));
    assert.deepEqual(constant, { mean: 0, worst: 0 });
  });

  it("stability: the interval of a mean over the background, w s / sqrt(n) wide", async () => {
    const found = await stability(
      background,
      judged.values,
      (drawn) => Promise.resolve(explainLinear(x, drawn, outputs)),
      { resamples: 2000, seed: 2 },
    );
    const means = meanOf(background);
    for (let i = 0; i < 4; i++) {
      const squares = background.data.reduce((sum, v, at) => sum + (at % 4 === i ? (v - means[i]) ** 2 : 0), 0);
      const expected = (1.96 * Math.abs(WEIGHTS[i][0]) * Math.sqrt(squares / 30)) / Math.sqrt(30);
      const half = (found.upper[i] - found.lower[i]) / 2;
      near(half / expected, 1, 0.08);
      near((found.upper[i] + found.lower[i]) / 2, judged.values[i], 1e-5);
    }
    const constant = await stability(background, [1, -1], () => Promise.resolve([3, 4]));
    assert.equal(constant.relativeWidth, 0);
  });

  it("stop where they are told to", async () => {
    const options = { signal: AbortSignal.abort(new Error("enough")) };
    await assert.rejects(faithfulness(linear, background, judged, options), /enough/);
    await assert.rejects(infidelity(linear, background, judged, options), /enough/);
    const never = (): Promise<never> => Promise.reject(new Error("explained"));
    await assert.rejects(maxSensitivity(background, judged, never, options), /enough/);
    await assert.rejects(stability(background, judged.values, never, options), /enough/);
  });
});
