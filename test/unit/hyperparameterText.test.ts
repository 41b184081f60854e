/** Where a recipe's hyperparameters stand in its source. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { hyperparameterSpans } from "../../src/host/hyperparameterText";

const found = (text: string): Record<string, string> =>
  Object.fromEntries([...hyperparameterSpans(text)].map(([name, { from, to }]) => [name, text.slice(from, to)]));

describe("hyperparameters in a recipe's text", () => {
  it("are those of a template", () => {
    assert.deepEqual(found(readFileSync("src/scaffold/templates/augmentation/train.ts", "utf8")), {
      ...{ epochs: "40", batchSize: "32", learningRate: "0.001", examples: "500", augment: "true", compare: "true" },
      ...{ rotation: "0.04", translation: "0.08", zoom: "0.1" },
    });
  });

  it("are told from comments, texts and what is nested", () => {
    const text = `
      // export const hyperparameters = { rotation: 9 };
      const s = "export const hyperparameters = { rotation: 8 }", t = \`{ rotation: 7 \`;
      function f() { const hyperparameters = { rotation: 6 }; }
      export const hyperparameters: Record<string, number | string> = {
        /* rotation: 5, */ name: "rotation: 4, zoom: 3", nested: { rotation: 2 }, 'zoom': -1e-3, // zoom: 1
        "rotation": .25, list: [1, 2], last: 1_000,
      };
      export const other = { cutout: 0.5 };`;
    assert.deepEqual(found(text), { zoom: "-1e-3", rotation: ".25", last: "1_000" });
  });

  it("are left out where they are computed", () => {
    assert.deepEqual(found("export const hyperparameters = { a: 1 / 2, b: x, c: 3 as number, d: 4 };"), { d: "4" });
    assert.deepEqual(found("export const hyperparameters = make({ a: 1 });"), {});
    assert.deepEqual(found("const hyperparameters = { a: 1 }; export { hyperparameters };"), {});
    assert.deepEqual(found("export const hyperparameters = { a: 1"), {});
  });
});
