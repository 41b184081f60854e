import * as tf from "@tensorflow/tfjs";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { describeOptimizers } from "../unit/steppedOptimizers";

describe("optimizers on webgpu: ten steps give tfjs's own weights and state", () => {
  before(async function () {
    this.timeout(600_000);
    Object.assign(process.env, await softwareVulkan());
  });
  after(async () => {
    await tf.setBackend("cpu");
  });

  describeOptimizers("webgpu");
});
