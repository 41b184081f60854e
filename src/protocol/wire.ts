/**
 * Messages to a webview travel as JSON, which turns NaN and the infinities into null. A message whose numbers may
 * be non-finite is sent as one string that keeps them.
 */

const MARK = "$number";

/** The message as a text in which a non-finite number is `{"$number": "NaN"}`. */
export function encodeMessage(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? { [MARK]: String(value) } : value,
  );
}

/** The message that `encodeMessage` made a text of. */
export function decodeMessage(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "object" && value !== null && MARK in value ? Number(value[MARK]) : value,
  );
}
