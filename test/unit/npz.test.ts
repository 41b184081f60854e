import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Deflate, zipSync } from "fflate";
import { NpzError, formatNpy, parseNpy, readExplanation, readNpz, writeExplanation, writeNpz } from "../../src/npz";
import { sliceOutput } from "../../src/protocol/explanation";

const FIXTURES = path.resolve(__dirname, "../../../test/fixtures/npz");
const fixture = (name: string): Uint8Array => readFileSync(path.join(FIXTURES, name));
const numbers = (array: ArrayLike<number>): number[] => Array.from(array);

interface Expected {
  arrays: Record<string, { shape: number[]; data: (number | string)[] }>;
}

describe("npz files that NumPy wrote", () => {
  const { arrays } = JSON.parse(fixture("expected.json").toString()) as Expected;
  for (const file of ["kinds.npz", "compressed.npz"]) {
    const read = readNpz(fixture(file));
    for (const [name, { shape, data }] of Object.entries(arrays)) {
      it(`${file}: ${name}`, () => {
        const array = read.get(name);
        assert.ok(array);
        assert.deepEqual(array.shape, shape);
        if (array.kind === "text") assert.deepEqual(array.data, data);
        else assert.deepEqual(numbers(array.data), data.map(Number));
      });
    }
  }

  it("reads only the arrays that are asked for", () => {
    assert.deepEqual([...readNpz(fixture("kinds.npz"), undefined, ["f4", "nothing"]).keys()], ["f4"]);
  });

  it("refuses what can run code or is no number, and says what to do", () => {
    assert.throws(() => readNpz(fixture("objects.npz")), /"feature_names" holds Python objects[^]*dtype=str/);
    assert.throws(() => readNpz(fixture("structured.npz")), /structured array/);
    assert.throws(() => readNpz(fixture("complex.npz")), /"<c8"[^]*float32/);
  });
});

describe("npz files that we write", () => {
  it("come back as they were, and are the same bytes each time", () => {
    const arrays = {
      a: { kind: "numeric", shape: [2, 2], data: Float32Array.of(1, Number.NaN, -0, 1e-40) },
      b: { kind: "numeric", shape: [], data: Float64Array.of(Math.PI) },
      c: { kind: "text", shape: [3], data: ["", "数字 😀", "x".repeat(70)] },
      d: { kind: "numeric", shape: [0, 5], data: new Int16Array(0) },
    } as const;
    const bytes = writeNpz(arrays);
    assert.deepEqual(writeNpz(arrays), bytes);
    const read = readNpz(bytes);
    for (const [name, { shape, data }] of Object.entries(arrays)) {
      assert.deepEqual(read.get(name)?.shape, shape);
      assert.deepEqual(read.get(name)?.data, data);
    }
  });

  it("have the bytes of NumPy's own .npy", () => {
    const [header] =
      /\{.*\}/.exec(
        Buffer.from(formatNpy({ kind: "numeric", shape: [3], data: Float32Array.of(1, 2, 3) })).toString("latin1"),
      ) ?? [];
    assert.equal(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }");
    assert.equal(formatNpy({ kind: "numeric", shape: [3], data: Float32Array.of(1, 2, 3) }).length, 128 + 12);
  });
});

describe("explanation files", () => {
  const read = (name: string) => readExplanation(fixture(`${name}.shap.npz`));

  it("with everything", () => {
    const e = read("full");
    assert.deepEqual([e.samples, e.featureShape, e.features, e.outputs], [3, [4], 4, 2]);
    assert.deepEqual(numbers(e.baseValues), [1, 2, 1, 2, 1, 2]);
    assert.deepEqual(e.outputNames, ["no", "yes"]);
    assert.deepEqual(e.featureNames, ["x0", "x1", "x2", "x3"]);
    assert.deepEqual(
      e.meta,
      { method: "deep", seconds: 1.5, labels: [0, 1, 1] },
      "a field of another kind is left out",
    );
    const slice = sliceOutput(e, 1, [2]);
    assert.deepEqual(numbers(slice.values), numbers(Float32Array.of(1.7, 1.9, 2.1, 2.3)));
    assert.deepEqual(numbers(slice.data ?? []), [8, 9, 10, 11]);
    assert.equal(e.lowerBounds?.length, 24);
    assert.ok(Math.abs((e.predictions?.[1] ?? 0) - (2 + 0.1 + 0.3 + 0.5 + 0.7)) < 1e-6);
  });

  const axes: Record<string, [samples: number, featureShape: number[], outputs: number, base: number[]]> = {
    bare: [3, [4], 1, [0.5, 0.5, 0.5]],
    bare_outputs: [3, [4], 2, [1, 2, 1, 2, 1, 2]],
    per_sample: [3, [4], 1, [1, 2, 3]],
    per_sample_outputs: [3, [4], 2, [0, 1, 2, 3, 4, 5]],
    single: [1, [4], 1, [0.5]],
    single_outputs: [1, [4], 2, [1, 2]],
    interactions: [3, [4, 4], 1, [1, 1, 1]],
    image: [3, [2, 2, 1], 2, [0, 0, 0, 0, 0, 0]],
    text_data: [3, [4], 1, [0, 0, 0]],
    display: [3, [4], 1, [0, 0, 0]],
    nan: [3, [4], 1, [0, 0, 0]],
    no_samples: [0, [4], 1, []],
  };
  for (const [name, [samples, featureShape, outputs, base]] of Object.entries(axes)) {
    it(`of the form "${name}"`, () => {
      const e = read(name);
      assert.deepEqual([e.samples, e.featureShape, e.outputs], [samples, featureShape, outputs]);
      assert.deepEqual(numbers(e.baseValues), base);
      assert.equal(e.featureNames.length, e.features);
      const again = readExplanation(writeExplanation(e));
      assert.deepEqual([again.samples, again.featureShape, again.outputs], [samples, featureShape, outputs]);
      assert.deepEqual(again.values, e.values);
      assert.deepEqual(again.displayData, e.displayData);
    });
  }

  it("give texts, made-up names and pairs of features", () => {
    assert.equal(read("text_data").displayData?.[0], "red");
    assert.equal(read("text_data").data, undefined);
    assert.equal(read("display").displayData?.[0], "r");
    assert.deepEqual(read("bare").featureNames[3], "Feature 3");
    assert.deepEqual(read("interactions").featureNames.slice(0, 2), ["x0", "x0 × x1"]);
    assert.deepEqual(read("nan").meta, {});
  });

  const square = [4, 4];
  const pairs: [string, number[], number[]][] = [
    ["one sample", [1, ...square], [1, 4]],
    ["one sample without its axis", square, [4]],
    ["three samples", [3, ...square], [3, 4]],
  ];
  for (const [name, shape, described] of pairs)
    it(`of interactions, ${name}: data of single features is no value of a pair`, () => {
      const size = (of: readonly number[]): number => of.reduce((product, n) => product * n, 1);
      const array = (of: number[]) => ({ kind: "numeric", shape: of, data: new Float32Array(size(of)) }) as const;
      const base_values = { kind: "numeric", shape: [], data: Float64Array.of(1) } as const;
      const display = { kind: "text", shape: described, data: new Array<string>(size(described)).fill("a") } as const;
      for (const more of [
        { data: array(described) },
        { display_data: display },
        { data: array(described), display_data: display },
      ]) {
        const e = readExplanation(writeNpz({ values: array(shape), base_values, ...more }));
        assert.deepEqual([e.samples, e.featureShape, e.outputs], [size(shape) / 16, square, 1]);
        assert.deepEqual([e.data, e.displayData], [undefined, undefined]);
      }
    });

  it("are refused by the name of the field and both shapes", () => {
    const values = { kind: "numeric", shape: [3, 4], data: new Float32Array(12) } as const;
    const scalar = { kind: "numeric", shape: [], data: Float64Array.of(1) } as const;
    const five = { kind: "numeric", shape: [5], data: new Float32Array(5) } as const;
    assert.throws(() => readExplanation(writeNpz({ values })), /no "base_values"/);
    assert.throws(
      () => readExplanation(writeNpz({ values, base_values: five })),
      /"base_values" has shape \[5\][^]*\[3, 4\]/,
    );
    assert.throws(
      () => readExplanation(writeNpz({ values, base_values: scalar, data: five })),
      /\[3, 4\][^]*"data" of shape \[5\]/,
    );
    assert.throws(
      () =>
        readExplanation(
          writeNpz({ values, base_values: scalar, feature_names: { kind: "text", shape: [2], data: ["a", "b"] } }),
        ),
      /"feature_names" has shape \[2\][^]*\[4\]/,
    );
    assert.throws(
      () => readExplanation(writeNpz({ values: { kind: "text", shape: [1], data: ["x"] }, base_values: scalar })),
      /"values" holds text/,
    );
  });

  it("keep a hostile name as the text that it is", () => {
    const name = "<img src=x onerror=alert(1)>";
    const e = { ...read("bare"), featureNames: [name, "b", "c", "d"] };
    assert.equal(readExplanation(writeExplanation(e)).featureNames[0], name);
  });
});

/** An .npy file with a header of our choice. */
function npy(header: string, body = new Uint8Array(0)): Uint8Array {
  const text = header.padEnd(117) + "\n";
  return Uint8Array.from([
    0x93,
    ...Buffer.from("NUMPY"),
    1,
    0,
    text.length & 0xff,
    text.length >> 8,
    ...Buffer.from(text),
    ...body,
  ]);
}

function zip(files: Record<string, Uint8Array>, level: 0 | 9 = 9): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, [content, { level }]])));
}

describe("hostile npz files", () => {
  const good = fixture("full.shap.npz");

  it("cut off anywhere", () => {
    for (let length = 0; length < good.length; length += Math.max(1, Math.floor(good.length / 400))) {
      assert.throws(() => readExplanation(good.subarray(0, length)), NpzError);
    }
  });

  const headers: Record<string, string> = {
    "10 million rows over nothing": "{'descr': '<f4', 'fortran_order': False, 'shape': (10000000, 784), }",
    "a negative shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }",
    "an impossible shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
    "no dict": "[1, 2, 3]",
    code: "__import__('os').system('touch /tmp/owned') or {'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
    "code in the shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (exit(),), }",
    "no shape": "{'descr': '<f4', 'fortran_order': False, }",
    "an endless text type": "{'descr': '<U999999999', 'fortran_order': False, 'shape': (5,), }",
  };
  for (const [name, header] of Object.entries(headers)) {
    it(`a header with ${name}`, () => {
      assert.throws(() => parseNpy(npy(header), "values"), NpzError);
      assert.throws(
        () => readExplanation(zip({ "values.npy": npy(header), "base_values.npy": npy(header) })),
        NpzError,
      );
    });
  }

  it("a directory that lies about sizes", () => {
    const honest = zip({
      "values.npy": new Uint8Array(
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1000,), }", new Uint8Array(1000)),
      ),
    });
    const view = Buffer.from(honest);
    const directory = view.readUInt32LE(view.length - 6);
    for (const size of [0, 10, 1127, 1129, 60_000, 0x7fffffff, 0xfffffffe]) {
      const lying = Buffer.from(view);
      lying.writeUInt32LE(size, directory + 24);
      assert.throws(() => readNpz(lying), NpzError, `size ${size}`);
    }
  });

  it("too many files, two of one name, encrypted ones", () => {
    const many = zip(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`${i}.npy`, new Uint8Array(1)])), 0);
    assert.throws(() => readNpz(many), /1001 files/);
    const twice = Buffer.from(zip({ "a.npy": npy("{}"), "b.npy": npy("{}") }, 0));
    for (let at = twice.indexOf("b.npy"); at >= 0; at = twice.indexOf("b.npy")) twice.write("a", at);
    assert.throws(() => readNpz(twice), /two files of one name/);
    const secret = Buffer.from(zip({ "a.npy": npy("{}") }, 0));
    secret.writeUInt16LE(1, secret.readUInt32LE(secret.length - 6) + 8);
    assert.throws(() => readNpz(secret), /encrypted/);
  });

  it("flipped bits anywhere: a result or an NpzError, nothing else", () => {
    let state = 12345;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let refused = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(good);
      for (let flips = 1 + random(4); flips > 0; flips--) bytes[random(bytes.length)] ^= 1 << random(8);
      try {
        readExplanation(bytes);
      } catch (error) {
        assert.ok(error instanceof NpzError, `round ${round}: ${String(error)}`);
        refused++;
      }
    }
    assert.ok(refused > 100, `only ${refused} of 2000 were refused`);
  });

  it("a zip bomb of 1 GB does not grow the process", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-test-"));
    try {
      // 1 GB of zeros behind a true header, deflated to 1 MB.
      const body = new Uint8Array(2 ** 20);
      const header = npy(`{'descr': '|u1', 'fortran_order': False, 'shape': (${2 ** 30},), }`);
      const bomb = streamedBomb(header, body, 2 ** 10);
      writeFileSync(path.join(folder, "bomb.npz"), bomb);
      assert.ok(bomb.length < 4 * 2 ** 20, `${bomb.length} bytes`);
      const script = `
        const { NpzError, readNpz } = require(${JSON.stringify(path.join(__dirname, "npzChild.main.js"))});
        const bytes = require("node:fs").readFileSync(process.argv[1]);
        const before = process.memoryUsage().rss;
        let said = "read";
        try { readNpz(bytes); } catch (error) { said = error instanceof NpzError ? error.message : "other " + error; }
        process.stdout.write(JSON.stringify({ said, grown: process.resourceUsage().maxRSS * 1024 - before }));`;
      const output = execFileSync(process.execPath, ["-e", script, path.join(folder, "bomb.npz")], {
        encoding: "utf8",
      });
      const { said, grown } = JSON.parse(output) as { said: string; grown: number };
      assert.match(said, /zip bomb/);
      // Far below the gigabyte; how much garbage stands about depends on the load of the machine.
      assert.ok(grown < 256 * 2 ** 20, `the process grew by ${grown} bytes`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** A zip with one deflated file: a header and `blocks` times the body. */
  function streamedBomb(header: Uint8Array, body: Uint8Array, blocks: number): Uint8Array {
    const packed: Uint8Array[] = [];
    const deflate = new Deflate({ level: 9 }, (chunk) => packed.push(chunk));
    deflate.push(header);
    for (let i = 0; i < blocks; i++) deflate.push(body, i === blocks - 1);
    const data = Buffer.concat(packed);
    const size = header.length + body.length * blocks;
    const name = Buffer.from("values.npy");
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(46 + name.length, 12);
    end.writeUInt32LE(30 + name.length + data.length, 16);
    return Buffer.concat([local, name, data, central, name, end]);
  }

  it("arrays in a zip that are no arrays", () => {
    assert.throws(() => readNpz(zip({ "values.npy": Buffer.from("hello, I am no array at all") })), /no NumPy array/);
    assert.throws(() => readExplanation(Buffer.from("PK")), /no npz file/);
    assert.throws(() => readExplanation(new Uint8Array(0)), /no npz file/);
  });
});
