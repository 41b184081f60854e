import assert from "node:assert/strict";
import { MODEL_METHOD_NAMES, fittingMethods } from "../../src/protocol/explainMethods";
import type { RunState } from "../../src/protocol/reducer";

type Told = Parameters<typeof fittingMethods>[0];

/** What a run tells of a model with these layers, and of its data. */
function told(classNames: string[], inputShape: number[]): Told {
  const layer = { name: "", outputShape: [], parameters: 0, trainable: true, flops: 0 };
  const counts = { parameters: 0, trainableParameters: 0, flops: 0 };
  return {
    model: {
      ...{ type: "model", time: 1, name: "m", optimizer: "", loss: "", metrics: [], ...counts },
      layers: classNames.map((className) => ({ ...layer, className })),
    },
    data: { type: "data", time: 1, train: 1, validation: 1, inputShape },
  };
}

describe("methods that fit a model", () => {
  const cases: [what: string, state: Told, left: string[]][] = [
    ["a perceptron of a small table", told(["Dense", "Dense"], [4]), ["linear"]],
    ["one of pictures", told(["Flatten", "Dense", "Dense"], [28, 28, 1]), ["exact", "linear"]],
    ["a linear model", told(["InputLayer", "Dense", "Activation"], [16]), []],
    ["tokens", told(["Embedding", "LSTM", "Dense"], [20]), ["gradient", "integrated-gradients", "exact", "linear"]],
    ["a run that has told nothing", {}, []],
  ];
  for (const [what, state, left] of cases)
    it(`${what}: all but ${left.join(", ") || "none"}`, () =>
      assert.deepEqual(
        fittingMethods(state),
        MODEL_METHOD_NAMES.filter((name) => !left.includes(name)),
      ));

  it("trees: theirs alone", () => {
    const trees: RunState["trees"] = {
      ...{ type: "trees", time: 1, kind: "decision tree", task: "regression", trees: 1, features: 3 },
    };
    assert.deepEqual(fittingMethods({ trees }), ["tree"]);
  });
});
