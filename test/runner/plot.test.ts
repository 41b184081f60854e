import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { PlotResult } from "../../src/runner/plot";
import { writeExplanation } from "../../src/npz";

const run = promisify(execFile);
const COMMAND = path.resolve("dist/trainlens.js");

const HOSTILE = "<img src=x onerror=alert(1)>";
const bytes = writeExplanation({
  samples: 3,
  featureShape: [4],
  features: 4,
  outputs: 2,
  values: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * 2.3)),
  baseValues: Float64Array.from([0.25, 0.75, 0.25, 0.75, 0.25, 0.75]),
  data: Float32Array.from({ length: 12 }, (_, i) => i / 2),
  featureNames: ["age", HOSTILE, "身高", "income"],
  outputNames: ["no", "yes"],
  meta: { method: "deep" },
});

describe("trainlens plot", function () {
  this.timeout(60_000);
  let folder = "";
  let input = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "trainlens-plot-"));
    input = path.join(folder, "x.shap.npz");
    await writeFile(input, bytes);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Exit code, stdout and stderr, whatever the code. */
  const plot = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    try {
      return { code: 0, ...(await run(process.execPath, [COMMAND, "plot", ...args])) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  it("writes a page beside the input that needs nothing else", async () => {
    const { code, stdout } = await plot(input, "--json");
    assert.equal(code, 0);
    const result = JSON.parse(stdout) as PlotResult;
    assert.equal(result.path, path.join(folder, "x.html"));
    const { path: _where, bytes: size, ...rest } = result;
    assert.deepEqual(rest, { format: "html", plot: "stacked", samples: 3, outputIndex: 0 });
    const html = await readFile(result.path, "utf8");
    assert.equal(Buffer.byteLength(html), size);
    assert.ok(!html.includes(HOSTILE), "a name is never markup");
    assert.doesNotMatch(html, /<(?:script|link|img)[^>]+(?:src|href)=/);
    assert.ok(html.includes("<script>"));
    assert.doesNotMatch(html, /^\/[/*]# sourceMappingURL=/m);
  });

  it("draws one sample, for its predicted output unless told otherwise", async () => {
    const output = path.join(folder, "one.svg");
    const first = JSON.parse((await plot(input, "--output", output, "--sample", "2", "--json")).stdout) as PlotResult;
    assert.deepEqual([first.plot, first.sample], ["force", 2]);
    const svg = await readFile(output, "utf8");
    const name = ["no", "yes"][first.outputIndex];
    assert.ok(svg.includes(`${name}: f(x) = `) && svg.startsWith("<?xml"));
    assert.ok(svg.includes("&lt;img") && !svg.includes("<img"));
    const other = String(1 - first.outputIndex);
    await plot(input, "--output", output, "--sample", "2", "--output-index", other);
    assert.ok((await readFile(output, "utf8")).includes(`${["no", "yes"][Number(other)]}: f(x) = `));
  });

  it("paints a PNG of the stacked plot at twice its size", async () => {
    const output = path.join(folder, "all.png");
    assert.equal((await plot(input, "--output", output)).code, 0);
    const png = await readFile(output);
    assert.equal(png.subarray(1, 4).toString(), "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2000, 840]);
    // An empty page of this size deflates to less than a tenth of this.
    assert.ok(png.length > 20_000);
  });

  it("says what is wrong, with the exit code of its kind", async () => {
    const missing = await plot(path.join(folder, "none.shap.npz"));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /none\.shap\.npz cannot be read: it does not exist/);
    const broken = path.join(folder, "broken.shap.npz");
    await writeFile(broken, bytes.subarray(0, bytes.length >> 1));
    assert.equal((await plot(broken)).code, 1);
    for (const args of [
      ["--sample", "3"],
      ["--output-index", "2"],
      ["--sample", "-1"],
      ["--sample", "two"],
      ["--image"],
      ["--output", path.join(folder, "x.pdf")],
    ]) {
      const { code, stderr } = await plot(input, ...args);
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, /out of range|whole number|format|no images/);
    }
    const nowhere = await plot(input, "--output", path.join(folder, "no", "x.svg"));
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /x\.svg cannot be written: it does not exist/);
  });
});
