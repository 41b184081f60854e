import assert from "node:assert/strict";
import type { Explanation, OutputSlice } from "../../src/protocol/explanation";
import { sliceOutput } from "../../src/protocol/explanation";
import { escapeJson, htmlDocument } from "../../webview/plots/htmlDocument";
import { measureDejaVu } from "../../webview/plots/layout/text";
import { headerOf } from "../../src/protocol/explanationMessages";
import { packSlices, unpackSlices } from "../../webview/plots/packed";
import { forceSvg, stackedSvg } from "../../webview/plots/staticPlots";
import { LIGHT_THEME } from "../../webview/theme";

const HOSTILE = [
  `<img src=x onerror="alert(1)">`,
  `</script><script>alert(2)</script>`,
  "a & b \u0000\u2028\ud800",
  "世界 'x'",
];

const explanation: Explanation = {
  samples: 5,
  featureShape: [4],
  features: 4,
  outputs: 2,
  values: Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * 1.7)),
  baseValues: Float64Array.from({ length: 10 }, (_, i) => i / 10),
  data: Float32Array.from({ length: 20 }, (_, i) => i),
  displayData: Array.from({ length: 20 }, (_, i) => HOSTILE[i % 4]),
  featureNames: HOSTILE,
  outputNames: ["<b>no</b>", "yes"],
  meta: { method: "</script>" },
};
const surface = {
  width: 800,
  theme: LIGHT_THEME,
  measure: measureDejaVu,
  link: "identity",
  numberStyle: "automatic",
} as const;
const slice: OutputSlice = sliceOutput(explanation, 1);
const pictures = {
  force: () => forceSvg(slice, 2, surface),
  stacked: () =>
    stackedSvg(slice, { ...surface, height: 400, order: { by: "feature", feature: 0 }, effects: { of: "all" } }),
};

/** Enough of an XML parser to refuse what is not well formed: tags nest, attributes are quoted, no stray < or &. */
function checkXml(text: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const token = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    at = token.lastIndex;
    const [, closing, name, attributes, selfClosing, characters] = match;
    for (const entity of `${attributes ?? ""}${characters ?? ""}`.match(/&[^;]*;?/g) ?? []) {
      assert.match(entity, /^&(lt|gt|amp|quot|apos|#\d+|#x[0-9a-f]+);$/);
    }
    if (characters !== undefined) continue;
    if (closing) assert.equal(open.pop(), name);
    else {
      names.push(name);
      if (!selfClosing) open.push(name);
    }
  }
  assert.equal(at, text.length, `not well formed at: ${text.slice(at, at + 80)}`);
  assert.deepEqual(open, []);
  // eslint-disable-next-line no-control-regex -- these are what XML forbids
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u);
  return names;
}

describe("plots as SVG", () => {
  for (const [name, draw] of Object.entries(pictures)) {
    it(`${name}: is well formed and stands alone, whatever the names`, () => {
      const svg = draw();
      const names = checkXml(svg);
      assert.equal(names[0], "svg");
      assert.ok(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'));
      assert.ok(
        names.every((n) => ["svg", "g", "rect", "line", "path", "text", "title", "circle"].includes(n)),
        names.join(),
      );
      assert.doesNotMatch(svg, /var\(|class=|onerror="|NaN|undefined/);
      assert.match(svg, /role="img" aria-label="[^"]{20,}/);
    });
  }

  it("cuts an axis title that is too long for the picture", () => {
    const featureNames = ["the share of households that have", "b", "c", "d"].map((name) => name.repeat(20));
    const long = { ...slice, featureNames };
    const svg = stackedSvg(long, {
      ...surface,
      width: 320,
      height: 240,
      order: { by: "feature", feature: 0 },
      effects: { of: "all" },
    });
    const titles = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    assert.ok(
      titles.some((title) => /^the share of households.*…$/.test(title)),
      titles.join("\n"),
    );
    assert.ok(titles.every((title) => measureDejaVu(title, surface.theme.fontSize * 0.9) <= 320));
  });

  it("says in tooltips what each arrow is", () => {
    const titles = [...pictures.force().matchAll(/<title>([^<]*)<\/title>/g)].map((m) => m[1]);
    assert.equal(titles.length, 4);
    assert.ok(titles.every((title) => title.includes("SHAP value")));
  });
});

describe("an explanation packed into a page", () => {
  const packed = packSlices(headerOf(explanation, "x.shap.npz"), [sliceOutput(explanation, 0), slice], {
    view: "force",
  });

  it("comes back as it was, bit for bit", () => {
    const [first, second] = unpackSlices(JSON.parse(escapeJson(packed)) as typeof packed);
    assert.deepEqual(first.values, sliceOutput(explanation, 0).values);
    assert.deepEqual(second, slice);
  });

  it("keeps the rows of a part of the samples", () => {
    const some = packSlices(headerOf(explanation, "x"), [
      sliceOutput(explanation, 0, [4, 1]),
      sliceOutput(explanation, 1, [4, 1]),
    ]);
    const [, back] = unpackSlices(some);
    assert.deepEqual(back, sliceOutput(explanation, 1, [4, 1]));
    assert.equal(some.header.samples, 5);
  });

  it("can neither end its element nor start another", () => {
    const html = htmlDocument(packed, { script: 'x("</script>");/*<!--*/', style: "a{}</style>" });
    const scripts = html.match(/<script[\s>]/g) ?? [];
    assert.equal(scripts.length, 2);
    assert.equal((html.match(/<\/script>/g) ?? []).length, 2);
    assert.equal((html.match(/<\/style>/g) ?? []).length, 1);
    assert.ok(!html.includes("<img") && !html.includes("<!--") && !html.includes("\u2028"));
  });

  it("names no source map, and loses no word of the script for that", () => {
    const names = 'const mark = "//# sourceMappingURL=";';
    const html = htmlDocument(packed, {
      script: `${names}\nstart();\n//# sourceMappingURL=standalone.js.map\n`,
      style: "a{}\n/*# sourceMappingURL=standalone.css.map */\n",
    });
    assert.ok(!html.includes(".map"));
    assert.ok(html.includes(`${names}\nstart();\n</script>`));
    assert.ok(html.includes("a{}\n</style>"));
  });
});
