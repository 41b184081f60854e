import assert from "node:assert/strict";
import type { OutputSlice } from "../../src/protocol/explanation";
import type { ExplanationToHost } from "../../src/protocol/explanationMessages";
import { Questions } from "../../webview/explanation/questions";
import { rememberSlices } from "../../webview/explanation/source";

const slice = { outputIndex: 3 } as OutputSlice;

describe("what the explanation view asks", () => {
  let posted: ExplanationToHost[];
  let questions: Questions;

  beforeEach(() => {
    posted = [];
    questions = new Questions((message) => posted.push(message));
  });

  const askSlice = (outputIndex: number) =>
    questions.ask("slice", (request) => ({ type: "slice", request, outputIndex }));

  it("is answered in any order", async () => {
    const asked = [askSlice(3), askSlice(4)];
    assert.deepEqual(posted, [
      { type: "slice", request: 1, outputIndex: 3 },
      { type: "slice", request: 2, outputIndex: 4 },
    ]);
    questions.answered({ type: "slice", request: 2, slice, omitted: 4 });
    questions.answered({ type: "slice", request: 1, slice, omitted: 3 });
    assert.deepEqual(
      (await Promise.all(asked)).map(({ omitted }) => omitted),
      [3, 4],
    );
  });

  it("rejects with the reason where it is refused", async () => {
    const asked = askSlice(9);
    questions.answered({ type: "refused", request: 1, message: "There is no output 9." });
    await assert.rejects(asked, { message: "There is no output 9." });
  });

  it("rejects an answer to something else", async () => {
    const asked = askSlice(1);
    questions.answered({ type: "copied", request: 1 });
    await assert.rejects(asked, /"slice" with "copied"/);
  });

  it("ignores what it has not asked", () => questions.answered({ type: "copied", request: 7 }));
});

describe("slices that were loaded", () => {
  it("are kept, and asked for again where that failed", async () => {
    let loads = 0;
    const load = rememberSlices(async () => {
      loads++;
      if (loads === 1) throw new Error("not yet");
      return { slice, omitted: 0 };
    });
    await assert.rejects(load(3), /not yet/);
    assert.equal((await load(3)).slice, slice);
    await load(3);
    assert.equal(loads, 2);
  });
});
