/** Models that Keras saved, read and computed here: equal to what Keras predicts, to 1e-5. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { unzipSync, zipSync } from "fflate";
import { ACTIVATION_NAMES, KerasFileError, LAYER_NAMES, readKerasModel } from "../../src/keras";
import { type NumericNpyArray, readNpz } from "../../src/npz";
import { UserError } from "../../src/runner/errors";
import { loadModel } from "../../src/runner/modelFiles";

const FIXTURES = path.join("test", "fixtures", "keras");
const TOLERANCE = 1e-5;
/** Keras computes with the 8 bits of bfloat16 there; we with float32. */
const HALF_TOLERANCE = 0.05;

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(FIXTURES, name)));

function arrays(name: string, letter: string): tf.Tensor[] {
  return [...readNpz(read(`${name}.npz`))]
    .filter(([key]) => key.startsWith(letter))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([, array]) => {
      const { data, shape } = array as NumericNpyArray;
      return tf.tensor(Float32Array.from(data as Float32Array), [...shape]);
    });
}

/** The largest difference between what the model answers and what Keras did. */
async function difference(file: string): Promise<number> {
  const name = file.replace(/\.(keras|h5)$/, "");
  const before = tf.memory().numTensors;
  const model = await readKerasModel(read(file));
  assert.equal(tf.memory().numTensors - before, new Set(model.weights).size, "tensors besides the weights");
  const xs = arrays(name, "x");
  const ys = [model.predict(xs.length === 1 ? xs[0] : xs)].flat();
  const expected = arrays(name, "y");
  assert.equal(ys.length, expected.length);
  const worst = ys.map((y, i) => {
    assert.deepEqual(y.shape, expected[i].shape);
    return tf.tidy(() => tf.max(tf.abs(tf.sub(y, expected[i]))).dataSync()[0]);
  });
  tf.dispose([...xs, ...ys, ...expected]);
  model.dispose();
  return Math.max(...worst);
}

describe("Keras's files", () => {
  before(() => tf.setBackend("cpu"));

  const files = readdirSync(FIXTURES).filter((file) => /\.(keras|h5)$/.test(file));
  for (const file of files)
    it(`${file} predicts as in Keras`, async () => {
      const worst = await difference(file);
      const tolerance = file === "half.keras" ? HALF_TOLERANCE : TOLERANCE;
      assert.ok(worst <= tolerance, `off by ${worst}`);
    });

  it("are 15 architectures at least", () => assert.ok(files.length >= 15));

  /** mlp.keras with its configuration changed as text. */
  const changed = (from: string | RegExp, to: string, name = "mlp.keras"): Uint8Array => {
    const files = unzipSync(read(name));
    const config = new TextDecoder().decode(files["config.json"]);
    assert.notEqual(config.replace(from, to), config);
    return zipSync({ ...files, "config.json": new TextEncoder().encode(config.replace(from, to)) });
  };
  const without = (file: string): Uint8Array => {
    const { [file]: _, ...rest } = unzipSync(read("mlp.keras"));
    return zipSync(rest);
  };
  const h5 = read("keras3-mlp.h5");

  const refused: [what: string, bytes: () => Uint8Array, message: RegExp, advice: RegExp][] = [
    ["a layer that is not known", () => changed('"Dropout"', '"GroupNormalization"'), /"dropout".*GroupNorm/, /Dense/],
    ["a Lambda layer", () => changed('"Dropout"', '"Lambda"'), /Lambda.*"dropout".*code/, /Replace/],
    [
      "a class of somebody's own",
      () => changed('"keras.layers", "class_name": "Dropout"', '"my.package", "class_name": "Dropout"'),
      /"dropout".*my\.package/,
      /Keras's own/,
    ],
    [
      "an operation",
      () => changed('"keras.layers", "class_name": "Dropout"', '"keras.src.ops.numpy", "class_name": "Exp"'),
      /operation Exp/,
      /as a layer/,
    ],
    ["an activation without a twin", () => changed('"selu"', '"exponential"'), /"dense.*exponential/, /relu/],
    [
      "a GRU that keeps its state",
      () => changed('"stateful": false', '"stateful": true', "gru.keras"),
      /"gru" \(GRU\).*stateful/,
      /stateful=false/,
    ],
    [
      "hard sigmoid in a cell",
      () => changed('"sigmoid"', '"hard_sigmoid"', "recurrent.keras"),
      /hard_sigmoid/,
      /sigmoid/,
    ],
    ["a subclass of Model", () => changed('"Sequential"', '"MyModel"'), /MyModel/, /keras\.Sequential/],
    [
      "other shapes than its weights have",
      () => changed('"units": 8', '"units": 9'),
      /\[6, 8\], not \[6, 9\]/,
      /again/,
    ],
    [
      "a graph with a gap",
      () => changed(/"keras_history": \["shared"/, '"keras_history": ["no"', "branches.keras"),
      /"no"/,
      /again/,
    ],
    ["a .keras file without weights", () => without("model.weights.h5"), /model\.weights\.h5/, /model\.save/],
    ["some other zip", () => without("config.json"), /config\.json/, /model\.save/],
    ["a zip that is cut off", () => read("mlp.keras").subarray(0, 9000), /cut off/, /again/],
    ["HDF5 that is cut off", () => h5.subarray(0, 9000), /damaged|cut off|no model/, /save/],
    ["weights alone", () => unzipSync(read("mlp.keras"))["model.weights.h5"], /without the model/, /whole model/],
    ["what is no model", () => new TextEncoder().encode("a,b,c"), /neither/, /again/],
    ["nothing", () => new Uint8Array(), /neither/, /again/],
  ];
  for (const [what, bytes, message, advice] of refused)
    it(`refuses ${what}`, async () => {
      await assert.rejects(readKerasModel(bytes()), (error) => {
        assert.ok(error instanceof KerasFileError, String(error));
        assert.match(error.message, message);
        assert.match(error.advice, advice);
        return true;
      });
    });

  it("is read again after a damaged one", async () => {
    await assert.rejects(readKerasModel(h5.subarray(0, 9000)), KerasFileError);
    assert.ok((await difference("keras3-mlp.h5")) <= TOLERANCE);
  });

  it("with a mask that a Bidirectional layer answers with zeros is refused where that would be seen", async () => {
    const flat = changed(/("class_name": ")LSTM(?=", "config": \{"name": "lstm_1")/, "$1Flatten", "sequence.keras");
    await assert.rejects(readKerasModel(flat), /masked steps/);
  });

  it("are read by their path, and refused with it", async () => {
    const model = await loadModel(path.join(FIXTURES, "mlp.keras"));
    assert.deepEqual(model.outputs[0].shape, [null, 3]);
    model.dispose();
    await assert.rejects(loadModel(path.join(FIXTURES, "none.keras")), UserError);
    const folder = mkdtempSync(path.join(os.tmpdir(), "trainlens-keras-"));
    try {
      const file = path.join(folder, "cut.h5");
      writeFileSync(file, h5.subarray(0, 9000));
      await assert.rejects(loadModel(file), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /cut\.h5 cannot be read as a model of Keras/);
        assert.match(error.advice ?? "", /model\.save/);
        return true;
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("have each layer and activation that is read in the list of them", () => {
    const list = readFileSync(path.join("src", "keras", "README.md"), "utf8");
    for (const name of [...LAYER_NAMES, ...ACTIVATION_NAMES]) assert.match(list, new RegExp(`\\b${name}\\b`), name);
  });
});
