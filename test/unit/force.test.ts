import assert from "node:assert/strict";
import { forceLayout, type ForceLayout, type ForceOptions, segmentAt } from "../../webview/plots/layout/force";
import { axisTicks } from "../../webview/plots/layout/link";
import { fitText, measureDejaVu, type MeasureText } from "../../webview/plots/layout/text";

const measure: MeasureText = (text, fontSize) => text.length * fontSize * 0.6;
const options: ForceOptions = {
  width: 900,
  fontSize: 12,
  link: "identity",
  numberStyle: "automatic",
  measure,
  words: { base: "base value", output: "f(x)", higher: "higher →", lower: "← lower" },
};
const layout = (baseValue: number, effects: number[], more: Partial<ForceOptions> = {}): ForceLayout =>
  forceLayout({ baseValue, effects, label: (i) => `feature ${i} = ${i * 1.5}` }, { ...options, ...more });

/** Seeded, so that a failure repeats (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const close = (a: number, b: number, message?: string): void =>
  assert.ok(Math.abs(a - b) < 1e-6, message ?? `${a} is not ${b}`);

describe("force plot of one sample", () => {
  it("orders arrows as shap.force_plot: small to large up to f(x), then large to small", () => {
    const { segments } = layout(0.5, [0.1, -0.3, 0.4, -0.05, 0.2]);
    assert.deepEqual(
      segments.map((s) => s.features[0]),
      [0, 4, 2, 1, 3],
    );
    assert.deepEqual(
      segments.map((s) => s.direction),
      ["up", "up", "up", "down", "down"],
    );
  });

  it("joins the arrows end to end from base - down to base + up, meeting at f(x)", () => {
    const { segments, output, base, up, down } = layout(0.5, [0.1, -0.3, 0.4, -0.05, 0.2]);
    close(up, 0.7);
    close(down, 0.35);
    for (let i = 1; i < segments.length; i++) close(segments[i].x0, segments[i - 1].x1);
    const ups = segments.filter((s) => s.direction === "up");
    const downs = segments.filter((s) => s.direction === "down");
    close(ups[ups.length - 1].x1, output.x);
    close(downs[0].x0, output.x);
    // One scale: width per unit is the same for arrows, and between base and f(x).
    const unit = (output.x - base.x) / (up - down);
    for (const s of segments) close((s.x1 - s.x0) / Math.abs(s.effect), unit);
    close(segments[0].x0, base.x - down * unit);
    close(segments[segments.length - 1].x1, base.x + up * unit);
  });

  it("keeps no room for labels where none fits", () => {
    const few = layout(0.5, [0.4, -0.2]);
    assert.ok(few.labels.length > 0);
    const many = layout(
      0.5,
      Array.from({ length: 784 }, () => 0.001),
      { width: 300 },
    );
    assert.equal(many.labels.length, 0);
    assert.ok(many.height >= many.y.barBottom + options.fontSize);
    assert.ok(few.height - many.height >= options.fontSize, `${few.height} and ${many.height} px high`);
  });

  it("keeps every width: what goes up minus what goes down is f(x) - base, with 784 features", () => {
    const next = random(7);
    const effects = Array.from({ length: 784 }, () => (next() - 0.5) ** 5);
    const { segments, output, base } = layout(0.1, effects);
    const width = (direction: string): number =>
      segments.filter((s) => s.direction === direction).reduce((sum, s) => sum + s.x1 - s.x0, 0);
    close(width("up") - width("down"), output.x - base.x);
    assert.ok(segments.length < 200, "thin arrows are drawn together");
    const all = segments.flatMap((s) => s.features).sort((a, b) => a - b);
    assert.deepEqual(
      all,
      effects.map((_, i) => i),
      "and none is lost",
    );
  });

  it("places labels without overlap, inside the edges, at any width", () => {
    const next = random(3);
    for (const width of [200, 300, 500, 900, 1600]) {
      for (let round = 0; round < 50; round++) {
        const effects = Array.from({ length: 12 }, () => (next() - 0.5) * 10 ** (next() * 2));
        const { labels } = layout(next() * 10 - 5, effects, { width });
        labels.forEach((label, i) => {
          assert.ok(label.x0 >= 0 && label.x1 <= width, `cut at the edge: ${label.x0} to ${label.x1} of ${width}`);
          if (i > 0) assert.ok(label.x0 > labels[i - 1].x1, "overlap");
          close(label.x1 - label.x0, measure(label.text, 12));
        });
      }
    }
  });

  it("names the largest arrow first, on either side", () => {
    const { labels } = layout(0, [5, 0.1, 3, -4, -0.2]);
    assert.ok(labels.some((l) => l.feature === 0) && labels.some((l) => l.feature === 3));
    assert.equal(labels.find((l) => l.feature === 0)?.text, "feature 0 = 0");
  });

  it("keeps the marks within the edges and the legend clear of f(x)", () => {
    for (const effects of [[3], [-3], [1e-9, -5], [0, 0]]) {
      const { output, base, legend } = layout(0, effects, { width: 320 });
      for (const mark of [output, base]) {
        const half = measure(mark.text, 12) / 2;
        assert.ok(mark.textX - half >= 0 && mark.textX + half <= 320, mark.text);
      }
      assert.ok(legend.higherEnd - measure("higher →", 12) >= 0);
      assert.ok(legend.lowerStart + measure("← lower", 12) <= 320);
    }
  });

  it("writes probabilities with the logit link, at positions of log-odds", () => {
    const { ticks, output, base } = layout(0, [3, -2], { link: "logit" });
    assert.equal(base.text, "base value = 0.5");
    assert.equal(output.text, "f(x) = 0.7311");
    const nine = ticks.find((t) => t.text === "0.9");
    assert.ok(nine);
    close(nine.value, Math.log(9));
    const unit = output.x - base.x;
    close(nine.position, base.x + Math.log(9) * unit);
  });

  it("draws nothing but its marks where every effect is zero", () => {
    const { segments, labels, output, base } = layout(2, [0, 0, 0]);
    assert.deepEqual([segments.length, labels.length], [0, 0]);
    assert.equal(output.x, base.x);
  });

  it("finds the arrow under the pointer", () => {
    const made = layout(0, [1, 2, -3]);
    const [first] = made.segments;
    assert.equal(segmentAt(made, (first.x0 + first.x1) / 2), first);
    assert.equal(segmentAt(made, 0), undefined);
  });
});

describe("axis ticks", () => {
  it("never overlap and stay within limits", () => {
    for (const link of ["identity", "logit"] as const) {
      for (const width of [120, 300, 1000]) {
        const ticks = axisTicks({
          link,
          domain: [-6, 9],
          range: [8, width - 8],
          gap: 10,
          numberStyle: "fixed4",
          fontSize: 11,
          measure,
          limits: [0, width],
        });
        assert.ok(ticks.length > 0);
        ticks.forEach((tick, i) => {
          const half = measure(tick.text, 11) / 2;
          assert.ok(tick.position - half >= 0 && tick.position + half <= width);
          if (i > 0) assert.ok(tick.position - half - 10 >= ticks[i - 1].position + measure(ticks[i - 1].text, 11) / 2);
        });
      }
    }
  });
});

describe("texts", () => {
  it("are cut to fit, by characters that people see", () => {
    assert.equal(fitText("short", 1000, 12, measure), "short");
    const cut = fitText("a long name of a feature", 80, 12, measure);
    assert.ok(cut.endsWith("…") && measure(cut, 12) <= 80);
    assert.equal(
      fitText("😀😀😀😀", 22, 12, (text, size) => [...text].length * size * 0.6),
      "😀😀…",
    );
    assert.equal(fitText("anything", 1, 12, measure), "");
  });

  it("are measured as DejaVu Sans sets them", () => {
    // Advances of D, e, j, a from the font's hmtx table: 1577, 1260, 569, 1255 of 2048.
    close(measureDejaVu("Deja", 2048), 2048 * (0.77 + 0.615 + 0.278 + 0.613));
    assert.ok(measureDejaVu("世界", 12) >= 24);
  });
});
