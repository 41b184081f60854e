/** VGG16: equal to Keras's, and its weights fetched from a server on this machine. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { DataError } from "../../src/data/dataError";
import type { NewRunEvent } from "../../src/protocol/events";
import { reportedDownloads } from "../../src/runner/downloads";
import { type NumericNpyArray, readNpz } from "../../src/npz";
import { unfreezeTop } from "../../src/models";
import { type RemoteFile, fetchFile } from "../../src/models/download";
import { type DownloadProgress, type Downloads, withDownloads } from "../../src/models/downloadScope";
import { learningPretrained } from "../../src/models/pretrained";
import { vgg16, vgg16From } from "../../src/models/vgg16";

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const CONVOLUTIONS = [2, 2, 3, 3, 3].flatMap((count, i) =>
  Array.from({ length: count }, (_, j) => `block${i + 1}_conv${j + 1}`),
);
const NAME = "weights.h5";

/** A server with one file, and how it has been asked for it. */
class FileServer {
  readonly ranges: (string | undefined)[] = [];
  /** Bytes after which it hangs up, once. */
  cutAfter: number | undefined;
  knowsRanges = true;
  readonly #server = http.createServer((request, response) => this.#answer(request, response));

  constructor(readonly bytes: Uint8Array) {}

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${NAME}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse): void {
    this.ranges.push(headers.range);
    const from = this.knowsRanges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0) : 0;
    const rest = this.bytes.subarray(from);
    if (from > 0 && rest.length === 0) {
      response.writeHead(416, { "content-range": `bytes */${this.bytes.length}` }).end();
      return;
    }
    response.writeHead(from > 0 ? 206 : 200, { "content-length": rest.length });
    if (this.cutAfter === undefined) response.end(rest);
    else response.write(rest.subarray(0, this.cutAfter), () => response.destroy());
    this.cutAfter = undefined;
  }
}

const quiet = (
  report: (progress: DownloadProgress) => void = () => undefined,
): Extract<Downloads, { kind: "fetch" }> => ({
  kind: "fetch",
  report,
  stopRequested: () => false,
});

describe("a download", () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
  let folder: string;
  let server: FileServer;
  let file: RemoteFile;
  const own = (): string => path.join(folder, "own");
  const keras = (): string => path.join(folder, "keras");
  const fetched = (report?: (progress: DownloadProgress) => void): Promise<string> =>
    fetchFile(file, quiet(report), [own(), keras()]);

  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-download-"));
    server = new FileServer(bytes);
    file = { name: NAME, url: await server.open(), md5: md5(bytes) };
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const refused = (message: RegExp, advice: RegExp) => (error: unknown) => {
    assert.ok(error instanceof DataError, String(error));
    assert.match(error.message, message);
    assert.match(error.advice ?? "", advice);
    return true;
  };

  it("is kept, told of, and not repeated", async () => {
    const seen: DownloadProgress[] = [];
    const found = await fetched((progress) => seen.push(progress));
    assert.equal(found, path.join(own(), NAME));
    assert.deepEqual(new Uint8Array(readFileSync(found)), bytes);
    assert.deepEqual(seen[0], { file: NAME, done: 0, total: bytes.length });
    assert.deepEqual(seen.at(-1), { file: NAME, done: bytes.length, total: bytes.length });
    assert.equal(await fetched(), found);
    assert.equal(server.ranges.length, 1);
  });

  it("that is cut off says so, and goes on where it ended", async () => {
    server.cutAfter = 100_000;
    await assert.rejects(fetched(), refused(/0\.1 MB of it are kept/, /by hand: .*own.*keras/));
    await fetched();
    assert.deepEqual(server.ranges, [undefined, "bytes=100000-"]);
    assert.deepEqual(new Uint8Array(readFileSync(path.join(own(), NAME))), bytes);
    assert.ok(!existsSync(path.join(own(), `${NAME}.part`)));
  });

  it("begins anew where the server gives no rest", async () => {
    server.cutAfter = 100_000;
    await assert.rejects(fetched());
    server.knowsRanges = false;
    await fetched();
    assert.deepEqual(new Uint8Array(readFileSync(path.join(own(), NAME))), bytes);
  });

  it("that was whole but not yet checked is taken", async () => {
    server.cutAfter = 100_000;
    await assert.rejects(fetched());
    writeFileSync(path.join(own(), `${NAME}.part`), bytes);
    await fetched();
    assert.equal(server.ranges.at(-1), `bytes=${bytes.length}-`);
  });

  it("with another checksum is refused and removed", async () => {
    file = { ...file, md5: md5(new Uint8Array(1)) };
    await assert.rejects(fetched(), refused(/not the file that was expected.*removed/, /by hand/));
    assert.ok(!existsSync(path.join(own(), NAME)) && !existsSync(path.join(own(), `${NAME}.part`)));
  });

  it("is not made where Keras has the file, unless that is another", async () => {
    await fetched();
    const copy = keras();
    rmSync(own(), { recursive: true });
    mkdirSync(copy);
    writeFileSync(path.join(copy, NAME), bytes);
    assert.equal(await fetched(), path.join(copy, NAME));
    assert.equal(server.ranges.length, 1);
    writeFileSync(path.join(copy, NAME), bytes.subarray(1));
    assert.equal(await fetched(), path.join(own(), NAME));
  });

  it("without a network names file, address and folders", async () => {
    await server.close();
    const asked = fetched();
    await assert.rejects(
      asked,
      refused(
        /weights\.h5 cannot be downloaded from http:\/\/127\.0\.0\.1:\d+\/weights\.h5: .*ECONNREFUSED/,
        /download http.* by hand: .*own.weights\.h5, or .*keras.weights\.h5/,
      ),
    );
    server = new FileServer(bytes);
    await server.open();
  });

  it("stops where a stop is asked for", async () => {
    const stopping = { ...quiet(), stopRequested: () => true };
    await assert.rejects(fetchFile(file, stopping, [own()]), /a stop was asked for/);
  });
});

describe("a download's events", () => {
  it("are one a twentieth", () => {
    const events: NewRunEvent[] = [];
    const reported = reportedDownloads(
      (event) => events.push(event),
      () => false,
    );
    assert.ok(reported.kind === "fetch");
    for (let done = 0; done <= 1000; done++) reported.report({ file: NAME, done, total: 1000 });
    assert.equal(events.length, 21);
    assert.deepEqual(events.at(-1), { type: "download", file: NAME, done: 1000, total: 1000 });
  });
});

describe("vgg16", () => {
  before(() => tf.setBackend("cpu"));

  it("has Keras's shapes and numbers of weights, frozen, and can be built without weights", async () => {
    const base = await withDownloads({ kind: "skip" }, () => vgg16());
    assert.deepEqual(base.outputs[0].shape, [null, 7, 7, 512]);
    // Keras's 14,714,688 and the 12 of the preprocessing.
    assert.equal(base.countParams(), 14_714_700);
    assert.equal(base.trainableWeights.length, 0);
    assert.deepEqual(
      base.layers.map(({ name }) => name).filter((name) => name.includes("conv")),
      CONVOLUTIONS,
    );
    unfreezeTop(base, 100);
    assert.equal(learningPretrained(base).length, CONVOLUTIONS.length);
    assert.equal(base.getLayer("preprocess").trainable, false);
    base.dispose();
  });

  it("refuses what does not fit", async () => {
    await assert.rejects(vgg16({ inputShape: [16, 16, 3] }), DataError);
    await assert.rejects(vgg16({ weights: "all" as "none" }), DataError);
    await assert.rejects(vgg16({ pooling: "sum" as "avg" }), DataError);
  });

  it("makes of a picture what Keras does, with weights that were fetched", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-vgg16-"));
    process.env["TRAINLENS_MODELS"] = folder;
    const bytes = await weightsFile();
    const server = new FileServer(bytes);
    try {
      const file = { name: NAME, url: await server.open(), md5: md5(bytes) };
      const base = await vgg16From(file, { inputShape: [32, 32, 3], pooling: "avg" });
      const picture = tf.tensor4d(
        Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => (1 + Math.sin(0.37 * i)) / 2),
        [1, 32, 32, 3],
      );
      const answer = base.predict(picture) as tf.Tensor;
      const expected = readNpz(readFileSync("test/fixtures/vgg16/vgg16.npz")).get("y") as NumericNpyArray;
      const largest = Math.max(...(expected.data as Float32Array).map(Math.abs));
      const values = answer.dataSync();
      const worst = Math.max(...values.map((value, i) => Math.abs(value - Number(expected.data[i]))));
      assert.ok(largest > 1 && worst <= 1e-4 * largest, `off by ${worst} of ${largest}`);
      tf.dispose([picture, answer]);
      base.dispose();
    } finally {
      delete process.env["TRAINLENS_MODELS"];
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

/** 58 MB in the layout of Keras's file, with the numbers of test/fixtures/vgg16/make_vgg16_fixture.py. */
async function weightsFile(): Promise<Uint8Array> {
  const { File, ready } = await import("h5wasm");
  const { FS } = await ready;
  const file = new File("/vgg16.h5", "w");
  file.create_attribute("layer_names", CONVOLUTIONS);
  let before = 3;
  CONVOLUTIONS.forEach((name, at) => {
    const after = Math.min(512, 64 * 2 ** (Number(name[5]) - 1));
    const group = file.create_group(name);
    const names = [`${name}_W_1:0`, `${name}_b_1:0`];
    group.create_attribute("weight_names", names);
    [[3, 3, before, after], [after]].forEach((shape, i) => {
      const scale = i === 0 ? Math.sqrt(6 / (9 * before)) : 0.1;
      const length = shape.reduce((product, n) => product * n, 1);
      const fraction = (x: number): number => x - Math.floor(x);
      const data = Float32Array.from(
        { length },
        (_, j) => scale * (2 * fraction(43758.5453 * Math.sin(12.9898 * j + 2 * at + i)) - 1),
      );
      group.create_dataset({ name: names[i], data, shape });
    });
    before = after;
  });
  file.close();
  const bytes = FS.readFile("/vgg16.h5");
  FS.unlink("/vgg16.h5");
  return bytes;
}
