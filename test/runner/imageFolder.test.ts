/** Pictures in folders beside a recipe, read by the bundled command line. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import { Workspace, only, trainlens } from "./cli";

describe("a recipe on a folder of pictures", () => {
  let workspace: Workspace;
  before(() => (workspace = new Workspace()));
  after(() => workspace.dispose());

  it("trains on PNG, JPEG and WebP, found from the recipe's folder", async () => {
    const files = { grey: ["grey.png", "grey.jpg"], photo: ["photo.jpg", "lossy.webp", "alpha.png"] };
    for (const [name, pictures] of Object.entries(files)) {
      const folder = workspace.path("recipe", "pictures", name);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < 12; i++) {
        const picture = pictures[i % pictures.length];
        cpSync(path.join("test", "fixtures", "pictures", picture), path.join(folder, `${i}-${picture}`));
      }
    }
    workspace.write(
      "recipe/train.js",
      `import * as tf from "@tensorflow/tfjs";
      import { imageFolder } from "trainlens/data";
      export const hyperparameters = { epochs: 20, batchSize: 8 };
      export const data = () => imageFolder("./pictures", { size: [6, 8] });
      export function createModel({ train, classNames }) {
        const model = tf.sequential({ layers: [
          tf.layers.flatten({ inputShape: train.x.shape.slice(1) }),
          tf.layers.dense({ units: classNames.length, activation: "softmax" }),
        ] });
        model.compile({ optimizer: tf.train.adam(0.05), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
        return model;
      }`,
    );
    const args = ["train", "recipe/train.js", "--run", "run", "--backend", "wasm"];
    const { code, stderr } = await trainlens(args, workspace.folder);
    assert.equal(code, 0, stderr);
    assert.deepEqual(only(workspace.events("run"), "data").inputShape, [6, 8, 3]);
    const { metrics, classNames } = only(workspace.events("run"), "evaluation");
    assert.deepEqual(classNames, ["grey", "photo"]);
    assert.equal(metrics["accuracy"], 1);
  });
});
