/**
 * Augmentations on a backend, on given draws, against Keras, TensorFlow and NumPy
 * (test/fixtures/augment/make_augment_fixtures.py).
 *
 * Tolerance: 2e-5 of values from 0 to 1. A picture is read at positions of some ten pixels, whose last bit in float32 is
 * 1e-6, at most ten times over.
 */
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  type Augmentation,
  type Batch,
  Draws,
  cutout,
  mixup,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
} from "../../src/data/augment";
import { type NumericNpyArray, readNpz } from "../../src/npz";
import { type OpenBackend, openBackend } from "../../src/runner/backends";
import type { BackendOptions } from "../../src/runner/backends/rung";

const TOLERANCE = 2e-5;
const FIXTURE = path.resolve(__dirname, "../../../test/fixtures/augment/augment.npz");

const CASES: Record<string, Augmentation> = {
  flip_horizontal: randomFlip("horizontal"),
  flip_vertical: randomFlip("vertical"),
  rotation: randomRotation(0.2),
  rotation_constant: randomRotation([0.1, 0.5], { fillMode: "constant", fillValue: 0.25 }),
  rotation_nearest: randomRotation(0.3, { fillMode: "nearest" }),
  rotation_wrap: randomRotation(0.3, { fillMode: "wrap" }),
  zoom: randomZoom(0.4),
  zoom_sides: randomZoom([-0.5, -0.1], [0.2, 0.6], { fillMode: "constant" }),
  translation: randomTranslation(0.3, [-0.6, 0.2]),
  brightness: randomBrightness(0.5),
  brightness_range: randomBrightness([0.1, 0.4], { valueRange: [-0.5, 1.5] }),
  contrast: randomContrast(0.7),
  contrast_pair: randomContrast([0.2, 0.9], { valueRange: [0, 0.8] }),
  crop: randomCrop(6, 7),
  cutout: cutout(0.4),
  cutout_filled: cutout(0.3, { fillValue: 0.75 }),
};

/** Draws that a test gives: rows of numbers from 0 to 1, in the order in which they are asked for. */
class GivenDraws extends Draws {
  constructor(
    private readonly rows: Float32Array[],
    private readonly given: { order?: Int32Array; shares?: Float32Array } = {},
  ) {
    super("given");
  }
  override uniform(count: number, low = 0, high = 1): Float32Array {
    const row = this.rows.shift();
    assert.equal(row?.length, count);
    return row.map((u) => low + (high - low) * u);
  }
  override permutation(): Int32Array {
    assert.ok(this.given.order);
    return this.given.order;
  }
  override beta(): Float32Array {
    assert.ok(this.given.shares);
    return this.given.shares;
  }
  get left(): number {
    return this.rows.length;
  }
}

const fixture = readNpz(readFileSync(FIXTURE)) as Map<string, NumericNpyArray>;
function array(name: string): { values: Float32Array; shape: number[] } {
  const found = fixture.get(name);
  if (!found) throw new Error(`The fixture has no ${name}.`);
  return { values: Float32Array.from(found.data as Float32Array), shape: [...found.shape] };
}
const tensor = (name: string): tf.Tensor => tf.tensor(array(name).values, array(name).shape);

async function assertEqual(actual: tf.Tensor, name: string): Promise<void> {
  const { values, shape } = array(name);
  assert.deepEqual(actual.shape, shape);
  const found = await actual.data();
  const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0);
  assert.ok(worst <= TOLERANCE, `${name}: off by ${worst}`);
}

/** Applies it with the given draws; nothing but the result stays. */
async function run(augment: Augmentation, draws: GivenDraws, check: (batch: Batch) => Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  const given = { x: tensor("images"), y: tensor("targets") };
  const made = augment(given, draws);
  assert.equal(draws.left, 0);
  await check(made);
  await assertEqual(given.x, "images");
  tf.dispose([given.x, given.y, made.x, made.y]);
  assert.equal(tf.memory().numTensors, before, "tensors leak");
}

/** @param backend ours; asked for by name. */
export function describeAugmentations(
  backend: "cpu" | "wasm" | "native" | "webgpu",
  options: () => BackendOptions = () => ({}),
): void {
  let open: OpenBackend | undefined;
  before(async () => (open = await openBackend(backend, options())));
  after(async () => {
    await open?.close();
    await tf.setBackend("cpu");
  });

  for (const [name, augment] of Object.entries(CASES)) {
    it(`gives Keras's numbers: ${name}`, async () => {
      const u = array(`u_${name}`);
      const rows = Array.from({ length: u.shape[0] }, (_, i) =>
        u.values.subarray(i * u.shape[1], (i + 1) * u.shape[1]),
      );
      await run(augment, new GivenDraws(rows), async ({ x, y }) => {
        await assertEqual(x, `x_${name}`);
        await assertEqual(y, "targets");
      });
    });
  }

  it("gives Keras's numbers: mixup", async () => {
    const order = Int32Array.from(array("order_mixup").values);
    const draws = new GivenDraws([], { order, shares: array("shares_mixup").values });
    await run(mixup(0.4), draws, async ({ x, y }) => {
      await assertEqual(x, "x_mixup");
      await assertEqual(y, "y_mixup");
    });
  });
}
