import assert from "node:assert/strict";
import { DisposableStore } from "../../src/host/disposableStore";

describe("a store of disposables", () => {
  let store: DisposableStore;
  let disposed: string[];
  const item = (name: string) => ({ dispose: () => void disposed.push(name) });

  beforeEach(() => {
    store = new DisposableStore();
    disposed = [];
  });

  it("disposes in reverse order, once", () => {
    for (const name of ["a", "b", "c"]) store.add(item(name));
    store.dispose();
    store.dispose();
    assert.deepEqual(disposed, ["c", "b", "a"]);
  });

  it("disposes at once what comes after its end", () => {
    store.dispose();
    store.add(item("late"));
    assert.deepEqual(disposed, ["late"]);
  });

  it("lets go of what has ended by itself", () => {
    const ended = store.add(item("ended"));
    store.add(item("other"));
    store.release(ended);
    store.dispose();
    assert.deepEqual(disposed, ["other"]);
  });
});
