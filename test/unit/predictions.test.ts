import assert from "node:assert/strict";
import { type Predictions, predictionsOf } from "../../src/protocol/regression";
import { formatEventLine, parseEventLine } from "../../src/protocol/events";
import { stamp } from "../../src/protocol/reducer";
import { movedPoint } from "../../webview/training/PredictionPlot";
import { nearestPoint, predictionLayout } from "../../webview/plots/layout/predictions";
import { measureDejaVu } from "../../webview/plots/layout/text";

const size = { width: 400, height: 400, fontSize: 12, measure: measureDejaVu };

describe("predicted against true quantities", () => {
  it("are kept by columns, and of many some, spread evenly", () => {
    assert.deepEqual(predictionsOf([1, 2, 3, 4], [5, 6, 7, 8], 2, ["a"]), [
      { name: "a", truth: [5, 7], predicted: [1, 3], rows: 2 },
      { name: "y 1", truth: [6, 8], predicted: [2, 4], rows: 2 },
    ]);
    const many = Array.from({ length: 5000 }, (_, i) => i);
    const [{ truth, rows, name }] = predictionsOf(many, many, 1);
    assert.deepEqual([truth.length, rows, name, truth[0], truth[1], truth[499]], [500, 5000, "y", 0, 10, 4990]);
  });

  it("pass through an event line, one that is no number too", () => {
    const predictions: Predictions[] = [{ name: "y", truth: [1, 2], predicted: [NaN, 2.5], rows: 2 }];
    const event = stamp({ type: "evaluation", split: "test", metrics: { r2: 0.5 }, predictions }, 3);
    assert.deepEqual(parseEventLine(formatEventLine(event)), event);
  });

  it("lie on the diagonal where they are right, above it where they are too high", () => {
    const layout = predictionLayout([10, 20, 30, NaN], [10, 25, 20, 5], size);
    assert.deepEqual(layout.points.map(({ row }) => row), [0, 1, 2]); // prettier-ignore
    const { x1, x2, y1, y2 } = layout.diagonal;
    const off = layout.points.map(({ x, y }) => y - (y1 + ((x - x1) / (x2 - x1)) * (y2 - y1)));
    assert.ok(Math.abs(off[0]) < 1e-9, "on it");
    // 5 of a range of 21.6, upwards in px, and 10 downwards.
    const unit = (layout.plot.bottom - layout.plot.top) / (20 * 1.08);
    assert.ok(Math.abs(off[1] + 5 * unit) < 1e-9 && Math.abs(off[2] - 10 * unit) < 1e-9, off.join());
    for (const { x, y } of layout.points) {
      assert.ok(x > layout.plot.left && x < layout.plot.right && y > layout.plot.top && y < layout.plot.bottom);
    }
    assert.equal(nearestPoint(layout, layout.points[1].x + 3, layout.points[1].y), 1);
  });

  it("have axes where all are the same, or there are none", () => {
    const same = predictionLayout([5, 5], [5, 5], size);
    assert.ok(same.points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
    const none = predictionLayout([], [], size);
    assert.deepEqual([none.points.length, nearestPoint(none, 1, 1)], [0, undefined]);
    assert.ok(none.xTicks.length > 1);
  });

  it("are gone through by keys", () => {
    const way = (...keys: string[]): number | undefined =>
      keys.reduce<number | undefined>((at, key) => movedPoint(at, key, 3) ?? at, undefined);
    assert.deepEqual(
      [way("ArrowRight"), way("ArrowLeft"), way("End", "ArrowUp"), way("Home", "ArrowRight"), way("a")],
      [0, 2, 2, 1, undefined],
    );
    assert.equal(movedPoint(0, "ArrowRight", 0), undefined);
  });
});
