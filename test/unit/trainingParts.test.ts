import assert from "node:assert/strict";
import { accuracy, classScores } from "../../src/protocol/classification";
import { applyOverrides, countOf } from "../../src/runner/hyperparameters";
import { SeededRandom, shuffledOrder } from "../../src/runner/random";

describe("class scores", () => {
  // 3 of class a: 2 right, 1 taken for b; 2 of b: 1 right, 1 taken for a; none of c, never predicted.
  const confusion = [
    [2, 1, 0],
    [1, 1, 0],
    [0, 0, 0],
  ];

  it("follow their definitions", () => {
    const [a, b, c] = classScores(confusion, ["a", "b", "c"]);
    assert.deepEqual(a, { name: "a", support: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
    assert.deepEqual(b, { name: "b", support: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 });
    assert.deepEqual(c, { name: "c", support: 0, precision: Number.NaN, recall: Number.NaN, f1: Number.NaN });
    assert.equal(accuracy(confusion), 3 / 5);
  });
});

describe("seeded randomness", () => {
  it("repeats, goes on from a state, and gives Math.random back", () => {
    const original = Math.random;
    const draws = (random: SeededRandom, n: number): number[] => {
      const values = Array.from({ length: n }, () => Math.random());
      void random;
      return values;
    };
    const first = new SeededRandom(3);
    const head = draws(first, 5);
    const state = first.state;
    const tail = draws(first, 5);
    first.dispose();
    const second = new SeededRandom(3);
    assert.deepEqual(draws(second, 5), head);
    draws(second, 17);
    second.restore(JSON.parse(JSON.stringify(state)) as typeof state);
    assert.deepEqual(draws(second, 5), tail);
    second.dispose();
    assert.equal(Math.random, original);
  });

  it("orders every example once, otherwise in each epoch, the same for a seed", () => {
    const order = shuffledOrder(1000, 5, 1);
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: 1000 }, (_, i) => i),
    );
    assert.deepEqual(shuffledOrder(1000, 5, 1), order);
    assert.notDeepEqual(shuffledOrder(1000, 5, 2), order);
    assert.notDeepEqual(shuffledOrder(1000, 6, 1), order);
    const moved = order.filter((row, i) => row !== i).length;
    assert.ok(moved > 980, `only ${moved} of 1000 moved`);
  });
});

describe("hyperparameters from the command line", () => {
  it("take the kind of what they replace, in the recipe's own object", () => {
    const own = { rate: 0.1, name: "a", fast: false };
    assert.deepEqual(applyOverrides(own, ["rate=1e-3", "name=b=c", "fast=true", "epochs=3"]), {
      rate: 1e-3,
      name: "b=c",
      fast: true,
      epochs: 3,
    });
    assert.deepEqual(own, { rate: 1e-3, name: "b=c", fast: true, epochs: 3 });
    assert.equal(countOf(own, "epochs"), 3);
    assert.equal(countOf({}, "batchSize"), 32);
    for (const bad of ["rate=", "rate=x", "fast=1", "rate", "nothing=1"])
      assert.throws(() => applyOverrides({ ...own }, [bad]), { name: "UsageError" });
    for (const bad of [0, 1.5, "3", Number.NaN])
      assert.throws(() => countOf({ epochs: bad }, "epochs"), { name: "UsageError" });
  });
});
