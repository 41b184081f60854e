/** WebGPU on a software adapter: models train as on the cpu backend, nothing leaks, and failures are said. */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { BACKEND_NAMES, type OpenBackend, openBackend } from "../../src/runner/backends";
import { UserError } from "../../src/runner/errors";
import { MeasuredSteps } from "../../src/runner/training/measuredSteps";
import { trainStep } from "../../src/runner/training/step";
import { DeepExplainer, type ShapValues, readWeights } from "../../src/shap";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";

const TOLERANCE = 1e-4;
const STEPS = 5;
const { layers } = tf;

type Maker = () => tf.LayersModel;

function sequential(...parts: tf.layers.Layer[]): tf.LayersModel {
  return tf.sequential({ layers: parts });
}

/** A block of MobileNet: depthwise, then pointwise convolution, each normalized. */
function separable(filters: number, strides: number): tf.layers.Layer[] {
  return [
    layers.depthwiseConv2d({ kernelSize: 3, strides, padding: "same", useBias: false }),
    layers.batchNormalization({}),
    layers.reLU({ maxValue: 6 }),
    layers.conv2d({ filters, kernelSize: 1, useBias: false }),
    layers.batchNormalization({}),
    layers.reLU({ maxValue: 6 }),
  ];
}

const MODELS: Record<string, { inputShape: number[]; make: Maker }> = {
  MLP: {
    inputShape: [20],
    make: () =>
      sequential(
        layers.dense({ units: 32, activation: "relu", inputShape: [20] }),
        layers.dense({ units: 10, activation: "softmax" }),
      ),
  },
  CNN: {
    inputShape: [12, 12, 1],
    make: () =>
      sequential(
        layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [12, 12, 1] }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 10, activation: "softmax" }),
      ),
  },
  LSTM: {
    inputShape: [6, 5],
    make: () =>
      sequential(layers.lstm({ units: 12, inputShape: [6, 5] }), layers.dense({ units: 10, activation: "softmax" })),
  },
  GRU: {
    inputShape: [6, 5],
    make: () =>
      sequential(layers.gru({ units: 12, inputShape: [6, 5] }), layers.dense({ units: 10, activation: "softmax" })),
  },
  "MobileNet-like": {
    inputShape: [12, 12, 3],
    make: () =>
      sequential(
        layers.conv2d({
          filters: 8,
          kernelSize: 3,
          strides: 2,
          padding: "same",
          useBias: false,
          inputShape: [12, 12, 3],
        }),
        layers.batchNormalization({}),
        layers.reLU({ maxValue: 6 }),
        ...separable(16, 1),
        ...separable(24, 2),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 10, activation: "softmax" }),
      ),
  },
};

/** Numbers in (-1, 1), the same on every backend. */
function values(size: number, seed: number): Float32Array {
  let state = Math.imul(seed, 7919);
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** A model with weights of the usual size, which do not depend on the backend's random numbers. */
function build(make: Maker): tf.LayersModel {
  const model = make();
  model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const names = model.weights.map(({ name }) => name);
  const weights = model.weights.map(({ shape }, i) => {
    const sizes = shape.map((size) => size ?? 1);
    const random = values(tf.util.sizeFromShape(sizes), i + 1);
    const fanIn = Math.max(1, tf.util.sizeFromShape(sizes.slice(0, -1)));
    if (/variance|gamma/.test(names[i]))
      return tf.tensor(
        random.map((value) => 1 + value / 4),
        sizes,
      );
    return tf.tensor(
      random.map((value) => value * Math.sqrt(3 / fanIn)),
      sizes,
    );
  });
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

interface Trained {
  /** Of each trainable weight, at the start. */
  gradients: Float32Array[];
  losses: number[];
}

async function train(backend: "cpu" | "webgpu", { inputShape, make }: (typeof MODELS)[string]): Promise<Trained> {
  await tf.setBackend(backend);
  const rows = 16;
  const x = tf.tensor(values(rows * tf.util.sizeFromShape(inputShape), 77), [rows, ...inputShape]);
  const labels = Int32Array.from({ length: rows }, (_, i) => (i * 7) % 10);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), 10).toFloat());
  const model = build(make);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.tidy(() =>
    tf.variableGrads(
      () => tf.metrics.categoricalCrossentropy(y, model.apply(x, { training: true }) as tf.Tensor).mean(),
      variables,
    ),
  );
  const gradients: Float32Array[] = [];
  for (const { name } of variables) gradients.push((await grads[name].data()) as Float32Array);
  tf.dispose([value, grads]);
  const losses: number[] = [];
  const measured = new MeasuredSteps(model, 60_000);
  for (let step = 1; step <= STEPS; step++) measured.add(step, rows, trainStep(model, x, y));
  for (const { metrics } of await measured.read()) losses.push(metrics["loss"]);
  model.optimizer.dispose();
  model.dispose();
  tf.dispose([x, y]);
  return { gradients, losses };
}

describe("the backend webgpu", function () {
  this.timeout(600_000);
  let opened: OpenBackend;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    environment = { ...process.env };
    Object.assign(process.env, await softwareVulkan());
    await openBackend("cpu");
  });
  beforeEach(async () => (opened = await openBackend("webgpu")));
  afterEach(() => opened.close());
  after(async () => {
    process.env = environment;
    await tf.setBackend("cpu");
  });

  it("opens where it is asked for by name, with its device and driver", () => {
    const { name, device, driver, version } = opened.facts;
    assert.equal(name, "webgpu");
    assert.equal(tf.getBackend(), "webgpu");
    assert.match(device, /^(swiftshader|llvmpipe).*, WebGPU$/);
    assert.ok(driver);
    assert.match(version, /^0\.\d+\.\d+/);
  });

  it("passes the software adapter over where nobody asked for it", async () => {
    await opened.close();
    const { facts } = await openBackend("auto");
    const better = BACKEND_NAMES.slice(0, BACKEND_NAMES.indexOf(facts.name));
    assert.deepEqual(
      facts.passedOver.map(({ name }) => name),
      better,
    );
    const { reason } = facts.passedOver[better.indexOf("webgpu")];
    assert.match(reason, /^only a software adapter, (swiftshader|llvmpipe).*, was found$/);
  });

  for (const [name, model] of Object.entries(MODELS)) {
    it(`trains a ${name} as the cpu backend does: gradients, and the losses of ${STEPS} steps`, async () => {
      const expected = await train("cpu", model);
      const tensors = tf.memory().numTensors;
      const actual = await train("webgpu", model);
      assert.equal(tf.memory().numTensors, tensors, "tensors leak");
      expected.gradients.forEach((gradient, i) => {
        const scale = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assert.ok(scale > 0, `weight ${i} has a gradient`);
        const worst = gradient.reduce((most, value, j) => Math.max(most, Math.abs(value - actual.gradients[i][j])), 0);
        assert.ok(worst <= TOLERANCE * Math.max(scale, 1e-2), `weight ${i}: off by ${worst} of ${scale}`);
      });
      expected.losses.forEach((loss, i) => {
        const difference = Math.abs(loss - actual.losses[i]);
        assert.ok(difference <= TOLERANCE * Math.max(1, loss), `step ${i + 1}: ${loss} and ${actual.losses[i]}`);
      });
      assert.ok(expected.losses[STEPS - 1] < expected.losses[0], "it learns");
    });
  }

  for (const name of ["MLP", "CNN"]) {
    it(`explains a ${name} as the cpu backend does`, async () => {
      const { inputShape, make } = MODELS[name];
      const features = tf.util.sizeFromShape(inputShape);
      const samples = { data: values(3 * features, 5), shape: [3, ...inputShape] };
      const background = { data: values(8 * features, 6), shape: [8, ...inputShape] };
      const explain = async (backend: "cpu" | "webgpu"): Promise<ShapValues> => {
        await tf.setBackend(backend);
        const model = build(make);
        const tensors = tf.memory().numTensors;
        // The weights are on the GPU from here on.
        const predicted = tf.tidy(() => model.predict(tf.tensor(samples.data, samples.shape)) as tf.Tensor);
        await predicted.data();
        predicted.dispose();
        await readWeights(model);
        const explainer = new DeepExplainer(model, background);
        const explained = await explainer.shapValues(samples);
        explainer.dispose();
        assert.equal(tf.memory().numTensors, tensors, "tensors leak");
        model.optimizer.dispose();
        model.dispose();
        return explained;
      };
      const [expected, actual] = [await explain("cpu"), await explain("webgpu")];
      const largest = Math.max(...expected.values.map(Math.abs));
      actual.values.forEach((value, i) => {
        const difference = Math.abs(value - expected.values[i]);
        assert.ok(difference <= TOLERANCE * largest, `value ${i} is off by ${difference} of ${largest}`);
      });
      assert.ok(actual.additivityError <= 1e-5, `additivity error ${actual.additivityError}`);
    });
  }

  it("keeps neither tensors nor the GPU's memory over 1,000 steps", async () => {
    const model = build(MODELS["MLP"].make);
    const x = tf.tensor(values(16 * 20, 3), [16, 20]);
    const y = tf.tidy(() => tf.softmax(tf.tensor(values(16 * 10, 4), [16, 10])));
    const memory = (): { numTensors: number; used: number; allocated: number } => {
      const { numTensors, numBytesInGPU, numBytesAllocatedInGPU } = tf.memory() as tf.MemoryInfo & {
        numBytesInGPU: number;
        numBytesAllocatedInGPU: number;
      };
      return { numTensors, used: numBytesInGPU, allocated: numBytesAllocatedInGPU };
    };
    const measured = new MeasuredSteps(model, 50);
    const run = async (steps: number): Promise<void> => {
      for (let step = 1; step <= steps; step++) {
        measured.add(step, 16, trainStep(model, x, y));
        if (measured.due || step === steps) await measured.read();
      }
    };
    await run(50);
    const before = memory();
    await run(1000);
    const after = memory();
    assert.equal(after.numTensors, before.numTensors);
    // What is in flight differs; a leak of one number a step would be 4,000 bytes, of one weight 80,000.
    assert.ok(after.used <= before.used + 2000, `${before.used} bytes in use, then ${after.used}`);
    // Buffers are kept to be used again: as many as the most steps that were ever queued take.
    assert.ok(after.allocated < 2 ** 24, `${after.allocated} bytes allocated`);
    model.optimizer.dispose();
    model.dispose();
    tf.dispose([x, y]);
  });

  it("rejects what is read, and every operation, once the device is lost", async () => {
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    const lost = { name: "UserError", message: /^The GPU was lost \(destroyed: / };
    const x = tf.randomNormal([64, 64]);
    const reading = tf.tidy(() => tf.matMul(x, x)).data();
    device.destroy();
    await assert.rejects(reading, lost);
    assert.throws(() => tf.matMul(x, x), lost);
    await assert.rejects(x.data(), lost);
  });

  it("does not go on with the numbers of before where the GPU refuses a buffer", async () => {
    const refused = { name: "UserError", message: /^The GPU has not enough memory: .*size/i };
    const much = 2 ** 31;
    await assert.rejects(async () => {
      const sum = tf.tidy(() => tf.sum(tf.add(tf.fill([much], 1), 1)));
      await sum.data();
    }, refused);
  });

  it("says what to write instead of dataSync", async () => {
    const x = tf.tidy(() => tf.matMul(tf.ones([40, 40]), tf.ones([40, 40])));
    assert.throws(
      () => x.dataSync(),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /dataSync or arraySync/);
        assert.match(error.advice ?? "", /await tensor\.data\(\)/);
        return true;
      },
    );
    assert.equal((await x.data())[0], 40);
    // What has been read is known.
    assert.equal(x.dataSync()[0], 40);
    x.dispose();
  });
});
