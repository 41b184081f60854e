import process from "node:process";
import { softwareVulkan } from "../hosts/softwareVulkan.mjs";
import { describeAugmentations } from "../unit/augmentations";

describe("augmentations on webgpu", () => {
  before(async function () {
    this.timeout(600_000);
    Object.assign(process.env, await softwareVulkan());
  });

  describeAugmentations("webgpu");
});
