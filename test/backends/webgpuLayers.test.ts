import * as tf from "@tensorflow/tfjs";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { describeLayers } from "../unit/trainedLayers";

describe("layers on webgpu train as on the cpu backend", () => {
  before(async function () {
    this.timeout(600_000);
    Object.assign(process.env, await softwareVulkan());
  });
  after(async () => {
    await tf.setBackend("cpu");
  });

  describeLayers("webgpu");
});
