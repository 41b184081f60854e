import assert from "node:assert/strict";
import type { ExplanationMeta, OutputSlice } from "../../src/protocol/explanation";
import { outputValue } from "../../src/protocol/explanation";
import { orderSamples, type SampleOrder } from "../../webview/plots/layout/order";
import { similarityOrder, squaredDistances } from "../../webview/plots/layout/similarity";
import {
  columnAt,
  finiteOutputs,
  type StackedLayout,
  stackedLayout,
  type StackedOptions,
} from "../../webview/plots/layout/stacked";
import { crosshairEntries } from "../../webview/plots/layout/stackedText";
import { measureDejaVu } from "../../webview/plots/layout/text";

/**
 * Of the best order of the leaves of `scipy.cluster.hierarchy.complete(pdist(wave(30, 3), "sqeuclidean"))`, found in Python
 * by trying all joints of every subtree. (SciPy's own `optimal_leaf_ordering` ends at 538.05 here.)
 */
const OPTIMAL_LENGTH = 373.2645644834181;

interface Made {
  values: number[][];
  data?: number[][];
  displayData?: string[];
  base?: number;
  meta?: ExplanationMeta;
}

function slice({ values, data, displayData, base = 0.5, meta = {} }: Made): OutputSlice {
  const features = values[0]?.length ?? 0;
  return {
    outputIndex: 0,
    outputName: "y",
    rows: values.map((_, i) => i),
    samples: values.length,
    features,
    featureShape: [features],
    featureNames: Array.from({ length: features }, (_, i) => `name ${i}`),
    values: Float32Array.from(values.flat()),
    baseValues: new Float64Array(values.length).fill(base),
    ...(data ? { data: Float32Array.from(data.flat()) } : {}),
    ...(displayData ? { displayData } : {}),
    meta,
  };
}

const options: StackedOptions = {
  width: 600,
  height: 400,
  fontSize: 12,
  link: "identity",
  numberStyle: "automatic",
  measure: measureDejaVu,
  order: { by: "original" },
  effects: { of: "all" },
};
const layout = (of: OutputSlice, more: Partial<StackedOptions> = {}): StackedLayout =>
  stackedLayout(of, { ...options, ...more });
const order = (of: OutputSlice, by: SampleOrder): number[] =>
  orderSamples(of, by, finiteOutputs(of).outputs).groups.flat();
/** Deterministic and without structure. */
const wave = (n: number, m: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => Math.sin(i * 12.9898 + j * 78.233) * 10));
const close = (a: number, b: number, tolerance = 1e-4): void =>
  assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b}`);

describe("stacked force plot", () => {
  const made = slice({ values: wave(40, 6) });
  const plot = layout(made);
  /** px a unit. */
  const unit = (): number => {
    const [a, b] = plot.yTicks;
    return (a.position - b.position) / (b.value - a.value);
  };

  it("draws f(x) of each sample, from the base value and its SHAP values", () => {
    plot.outputs.forEach((value, c) => close(value, outputValue(made, c)));
  });

  it("stacks up-pushes below the line of f(x) and down-pushes above it, without gaps", () => {
    for (let c = 0; c < 40; c++) {
      const ups = plot.bands.filter((b) => b.direction === "up");
      const downs = plot.bands.filter((b) => b.direction === "down");
      close(ups[ups.length - 1].top[c], plot.outputY[c]);
      close(downs[0].bottom[c], plot.outputY[c]);
      for (let i = 1; i < ups.length; i++) close(ups[i].bottom[c], ups[i - 1].top[c]);
      for (let i = 1; i < downs.length; i++) close(downs[i].bottom[c], downs[i - 1].top[c]);
    }
  });

  it("gives every feature the height of its SHAP value", () => {
    for (const band of plot.bands) {
      const [feature] = band.features;
      for (let c = 0; c < 40; c++) {
        const value = made.values[c * 6 + feature];
        const expected = band.direction === "up" ? Math.max(0, value) : Math.max(0, -value);
        close((band.bottom[c] - band.top[c]) / unit(), expected, 1e-3);
      }
    }
  });

  it("puts the features of largest effect next to f(x), as shap does", () => {
    const total = (feature: number, sign: number): number => {
      let sum = 0;
      for (let n = 0; n < 40; n++) sum += Math.max(0, sign * made.values[n * 6 + feature]);
      return sum;
    };
    const ups = plot.bands.filter((b) => b.direction === "up").map((b) => total(b.features[0], 1));
    const downs = plot.bands.filter((b) => b.direction === "down").map((b) => total(b.features[0], -1));
    assert.deepEqual(
      ups,
      [...ups].sort((a, b) => a - b),
    );
    assert.deepEqual(
      downs,
      [...downs].sort((a, b) => b - a),
    );
  });

  it("shows a single feature's effects on the base value", () => {
    const single = layout(made, { effects: { of: "feature", feature: 2 } });
    single.outputs.forEach((value, c) => close(value, 0.5 + made.values[c * 6 + 2]));
    assert.ok(single.bands.every((b) => b.features.length === 1 && b.features[0] === 2));
  });

  it("draws the smallest features together without losing height", () => {
    const few = layout(made, { maxFeatures: 2 });
    assert.deepEqual(few.notes, [{ kind: "others", features: 4 }]);
    few.outputs.forEach((value, c) => close(value, plot.outputs[c]));
    const ups = few.bands.filter((b) => b.direction === "up");
    assert.equal(ups[0].features.length, 4, "outermost");
    for (let c = 0; c < 40; c++) {
      const all = plot.bands.filter((b) => b.direction === "up");
      close(ups[0].bottom[c], all[0].bottom[c]);
    }
  });

  it("has at most a column a pixel, and takes every sample once", () => {
    const many = layout(slice({ values: wave(5000, 4) }));
    assert.ok(many.columns.length <= 600);
    const seen = many.columns.flatMap((c) => [...c.samples]).sort((a, b) => a - b);
    assert.deepEqual(
      seen,
      Array.from({ length: 5000 }, (_, i) => i),
    );
    const [column] = many.columns;
    const mean =
      column.samples.reduce((sum, n) => sum + wave(5000, 4)[n].reduce((a, b) => a + b, 0.5), 0) / column.samples.length;
    close(many.outputs[0], mean, 1e-3);
    assert.ok(many.notes.some((note) => note.kind === "binned"));
  });

  it("counts values that are not numbers and goes on", () => {
    const broken = layout(
      slice({
        values: [
          [1, NaN],
          [2, 3],
          [Infinity, -1],
        ],
      }),
      { order: { by: "similarity" } },
    );
    assert.deepEqual(broken.notes.at(-1), { kind: "notFinite", values: 2 });
    assert.ok([...broken.outputY, ...broken.bands.flatMap((b) => [...b.top, ...b.bottom])].every(Number.isFinite));
  });

  it("stands with one sample, with none, and with nothing but zeros", () => {
    assert.equal(layout(slice({ values: [[1, -2]] })).columns.length, 2);
    assert.equal(layout(slice({ values: [] })).columns.length, 0);
    const zeros = layout(
      slice({
        values: [
          [0, 0],
          [0, 0],
        ],
      }),
    );
    assert.ok(zeros.outputY.every(Number.isFinite));
    assert.equal(zeros.bands.length, 0);
  });

  it("finds the sample under the pointer, and names what is thick there", () => {
    const column = columnAt(plot, plot.columns[7].x + 1);
    assert.equal(column, 7);
    const entries = crosshairEntries(plot, 7, 16);
    assert.ok(entries.length > 0);
    for (let i = 1; i < entries.length; i++) assert.ok(entries[i].y - entries[i - 1].y >= 16);
  });
});

describe("order of samples", () => {
  const values = [
    [1, 0],
    [3, 0],
    [2, 0],
    [3, 0],
  ];

  it("by output is descending and stable; original is as in the file", () => {
    assert.deepEqual(order(slice({ values }), { by: "output" }), [1, 3, 2, 0]);
    assert.deepEqual(order(slice({ values }), { by: "original" }), [0, 1, 2, 3]);
  });

  it("by key and by class follow the file's meta", () => {
    const made = slice({ values, meta: { sampleIndices: [9, 4, 7, 1], labels: [1, 0, 1, 0] } });
    assert.deepEqual(order(made, { by: "key" }), [3, 1, 2, 0]);
    assert.deepEqual(order(made, { by: "label" }), [1, 3, 2, 0]);
  });

  it("by a feature averages what lies within 1% of its range, trailing ties too", () => {
    const made = slice({
      values,
      data: [
        [0, 0],
        [100, 0],
        [0.5, 0],
        [100, 0],
      ],
    });
    const { groups, positions } = orderSamples(made, { by: "feature", feature: 0 }, [0, 0, 0, 0]);
    assert.deepEqual(groups, [
      [0, 2],
      [1, 3],
    ]);
    assert.deepEqual(positions, [0, 100]);
    close(layout(made, { order: { by: "feature", feature: 0 } }).outputs[0], 0.5 + 1.5);
  });

  it("by a constant feature keeps the file's order and says so", () => {
    const made = slice({ values, data: values.map(() => [5, 5]) });
    const ordered = orderSamples(made, { by: "feature", feature: 1 }, [0, 0, 0, 0]);
    assert.deepEqual(ordered.groups.flat(), [0, 1, 2, 3]);
    assert.deepEqual(ordered.note, { kind: "constant" });
  });

  it("by a feature of texts sorts the texts", () => {
    const made = slice({ values, displayData: ["pear", "a", "apple", "b", "pear", "c", "fig", "d"] });
    const ordered = orderSamples(made, { by: "feature", feature: 0 }, [0, 0, 0, 0]);
    assert.deepEqual(ordered.groups.flat(), [1, 3, 0, 2]);
    assert.deepEqual(
      layout(made, { order: { by: "feature", feature: 0 } }).xTicks.map((t) => t.text),
      ["apple", "fig", "pear"],
    );
  });

  it("by a feature leaves out samples without a value and says how many", () => {
    const made = slice({
      values,
      data: [
        [NaN, 0],
        [2, 0],
        [1, 0],
        [3, 0],
      ],
    });
    const ordered = orderSamples(made, { by: "feature", feature: 0 }, [0, 0, 0, 0]);
    assert.deepEqual(ordered.groups.flat(), [2, 1, 3]);
    assert.deepEqual(ordered.note, { kind: "missing", samples: 1 });
  });
});

describe("order by similarity", () => {
  const length = (points: number[][], by: readonly number[]): number => {
    const d = squaredDistances(points.flat(), points.length, points[0].length);
    return by.slice(1).reduce((sum, n, i) => sum + d[by[i] * points.length + n], 0);
  };

  it("finds the optimal leaf order of SciPy's complete-linkage tree", () => {
    const points = wave(30, 3);
    const found = similarityOrder(Float64Array.from(points.flat()), 30, 3);
    assert.equal(found.method, "optimal");
    assert.deepEqual(
      [...found.order].sort((a, b) => a - b),
      points.map((_, i) => i),
    );
    close(length(points, found.order), OPTIMAL_LENGTH, 1e-6);
  });

  it("walks along a line of points", () => {
    const shuffled = [5, 2, 8, 1, 9, 3, 7, 4, 6, 0].map((x) => [x]);
    const { order: found } = similarityOrder(Float64Array.from(shuffled.flat()), 10, 1);
    close(length(shuffled, found), 9);
  });

  it("falls back to cheaper ways for many samples and says which", () => {
    const tree = similarityOrder(Float64Array.from(wave(500, 2).flat()), 500, 2);
    assert.equal(tree.method, "tree");
    assert.equal(new Set(tree.order).size, 500);
    const n = 2500;
    const line = Array.from({ length: n }, (_, i) => [((i * 7919) % n) * 2, ((i * 7919) % n) + 1]);
    const principal = similarityOrder(Float64Array.from(line.flat()), n, 2);
    assert.equal(principal.method, "principal");
    const along = principal.order.map((i) => line[i][0]);
    assert.ok(along[0] === 0 || along[0] === 2 * (n - 1));
    close(length(line, principal.order), (n - 1) * 5);
  });

  it("bears equal points", () => {
    const { order: found } = similarityOrder(new Float64Array(20), 10, 2);
    assert.equal(new Set(found).size, 10);
  });
});
