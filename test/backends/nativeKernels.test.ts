/** Optimizers and layers on the native backend give the numbers of tfjs's own. */
import * as tf from "@tensorflow/tfjs";
import process from "node:process";
import type { BackendOptions } from "../../src/runner/backends/rung";
import { nativeBackend } from "../hosts/nativeBackend.mjs";
import { CLI } from "../runner/cli";
import { describeAugmentations } from "../unit/augmentations";
import { describeOptimizers } from "../unit/steppedOptimizers";
import { describeLayers } from "../unit/trainedLayers";

describe("the native backend's kernels", () => {
  let options: BackendOptions = {};
  // Opening the backend hides the GPUs from this process and its children.
  const visibleDevices = process.env["CUDA_VISIBLE_DEVICES"];
  before(async function () {
    this.timeout(15 * 60_000);
    const { python, runtime } = await nativeBackend(CLI);
    options = { python, runtime, libtensorflow: "python" };
  });
  after(async () => {
    await tf.setBackend("cpu");
    if (visibleDevices === undefined) delete process.env["CUDA_VISIBLE_DEVICES"];
    else process.env["CUDA_VISIBLE_DEVICES"] = visibleDevices;
  });

  describe("optimizers: ten steps give tfjs's own weights and state", () => {
    describeOptimizers("native", () => options);
  });
  describe("layers train as on the cpu backend", () => {
    describeLayers("native", () => options);
  });
  describe("augmentations", () => {
    describeAugmentations("native", () => options);
  });
});
