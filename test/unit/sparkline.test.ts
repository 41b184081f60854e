import assert from "node:assert/strict";
import { sparkline } from "../../webview/plots/layout/sparkline";

describe("a sparkline", () => {
  const options = { width: 100, height: 20, window: 10, top: 50 };

  it("ends at the right edge with the last value, 0 below and the top above", () =>
    assert.deepEqual(
      sparkline(
        [
          { time: 5, value: 0 },
          { time: 10, value: 25 },
          { time: 15, value: 50 },
        ],
        options,
      ),
      { line: "0,20 50,10 100,0", area: "0,20 0,20 50,10 100,0 100,20" },
    ));

  it("leaves out what is older than its window, or was not told, and keeps within its edges", () =>
    assert.equal(
      sparkline(
        [
          { time: 0, value: 10 },
          { time: 15, value: undefined },
          { time: 20, value: 80 },
          { time: 25, value: -3 },
        ],
        options,
      ).line,
      "50,0 100,20",
    ));

  it("of nothing is nothing", () => {
    assert.deepEqual(sparkline([], options), { line: "", area: "" });
    assert.deepEqual(sparkline([{ time: 1, value: 1 }], { ...options, top: 0 }), { line: "", area: "" });
  });
});
