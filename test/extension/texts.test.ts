import assert from "node:assert/strict";
import { checkBackground, checkSamples, defaultSamples } from "../../src/commands/sampleRange";
import { formatAgo, formatDuration, formatMetric } from "../../src/host/format";

describe("what a user types for an explanation", () => {
  it("may be a range or one number, within the data", () => {
    for (const right of ["0-9", "0", "999", " 3-3 "]) assert.equal(checkSamples(right, 1000), undefined, right);
    for (const wrong of ["", "a", "9-0", "-1", "0-1000", "1000", "1-2-3", "0.5"])
      assert.ok(checkSamples(wrong, 1000), wrong);
    assert.equal(checkSamples("0-1000000", undefined), undefined);
  });

  it("begins with ten samples, or what there is", () => {
    assert.equal(defaultSamples(1000), "0-9");
    assert.equal(defaultSamples(undefined), "0-9");
    assert.equal(defaultSamples(4), "0-3");
    assert.equal(defaultSamples(1), "0");
  });

  it("may be a background of at most the training data", () => {
    assert.equal(checkBackground("100", 100), undefined);
    for (const wrong of ["", "0", "-1", "1.5", "x", "101"]) assert.ok(checkBackground(wrong, 100), wrong);
  });
});

describe("numbers for people", () => {
  it("are durations", () => {
    assert.equal(formatDuration(0.84), "0.8 s");
    assert.equal(formatDuration(42.4), "42 s");
    assert.equal(formatDuration(185), "3 min 5 s");
    assert.equal(formatDuration(7800), "2 h 10 min");
  });

  it("are metrics: shares in per cent, others by significant digits", () => {
    assert.equal(formatMetric("val_accuracy", 0.97125), "97.13 %");
    assert.equal(formatMetric("loss", 0.123456), "0.1235");
    assert.equal(formatMetric("loss", Number.NaN), "NaN");
  });

  it("are times gone by", () => {
    const now = Date.now();
    assert.equal(formatAgo(now - 3 * 60_000, now), "3 minutes ago");
    assert.equal(formatAgo(now - 2 * 3_600_000, now), "2 hours ago");
    assert.equal(formatAgo(now - 86_400_000, now), "yesterday");
    assert.equal(formatAgo(now - 1000, now), "now");
  });
});
