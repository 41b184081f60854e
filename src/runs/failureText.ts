/** What a command line that failed has to say: `error: message`, then advice, on its last lines. */

export interface FailureText {
  message: string;
  advice?: string;
}

const LAST_LINES = 5;

/**
 * The failure in a command's output: from its last `error: ` line on; without one, the last few lines.
 *
 * @returns undefined for an output that says nothing.
 */
export function failureText(output: string): FailureText | undefined {
  // eslint-disable-next-line no-control-regex -- colours of a terminal are control characters
  const plain = output.replace(/\u001b\[[0-9;]*m/g, "");
  const lines = plain
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  const at = lines.findLastIndex((line) => line.startsWith("error: "));
  if (at < 0) return { message: lines.slice(-LAST_LINES).join(" · ") };
  const advice = lines
    .slice(at + 1)
    .map((line) => line.trim())
    .join(" ");
  return { message: lines[at].slice("error: ".length), ...(advice ? { advice } : {}) };
}
