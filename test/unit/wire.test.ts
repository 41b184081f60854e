import assert from "node:assert/strict";
import { decodeMessage, encodeMessage } from "../../src/protocol/wire";

describe("messages to a webview", () => {
  it("keep NaN and the infinities, and texts that look like them", () => {
    const message = {
      type: "events",
      events: [{ metrics: { loss: [1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] } }],
      classNames: ["NaN", "Infinity"],
      nothing: null,
    };
    assert.deepEqual(decodeMessage(encodeMessage(message)), message);
  });
});
