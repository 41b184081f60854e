// How a part of the bench measures: both sides in turn, five times, and the medians compared.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const ROUNDS = 5;

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures two sides in turn, so that whatever else the machine does hits both alike.
 *
 * @param {string} name what is measured, for people
 * @param {() => Promise<number>} ours seconds of one measurement
 * @param {() => Promise<number>} python seconds of one measurement
 * @param {{ atLeast?: number, atMost?: number, seconds?: number }} target bounds on python / ours ("times faster") or on ours / python ("times slower"), or ours in seconds; none: only shown
 * @returns {Promise<Row>}
 * @typedef {{ name: string, ours: number, python: number, target: string, met: boolean, all: { ours: number[], python: number[] }, note?: string }} Row
 *   or, where Python has no part in it, `measured` in words in place of the times: { name, measured, target, met, note? }
 */
export async function sideBySide(name, ours, python, target) {
  const all = { ours: [], python: [] };
  for (let round = 0; round < ROUNDS; round++) {
    all.ours.push(await ours());
    all.python.push(await python());
  }
  const row = { name, ours: median(all.ours), python: median(all.python), all };
  const faster = row.python / row.ours;
  if (target.seconds !== undefined) {
    const met = row.ours <= target.seconds && faster >= (target.atLeast ?? 0);
    return { ...row, target: `within ${target.seconds} s, and no slower`, met };
  }
  if (target.atLeast !== undefined) {
    return { ...row, target: `at least ${target.atLeast} times faster`, met: faster >= target.atLeast };
  }
  if (target.atMost === undefined) return { ...row, target: "none", met: true };
  return { ...row, target: `within ${target.atMost} times`, met: 1 / faster <= target.atMost };
}

/** A process that measures on request and sleeps between: a line ("go") on its stdin, one JSON value a line on its stdout. */
export class Peer {
  #child;
  #lines;
  #ended;

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} [env]
   */
  constructor(command, args, env) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
    let errors = "";
    this.#child.stderr.on("data", (chunk) => (errors = (errors + chunk).slice(-4000)));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}:\n${errors}`)),
      );
    });
    // Who measures or closes awaits it; until then it must not count as unhandled.
    this.#ended.catch(() => undefined);
  }

  /** What the process answers to a line. */
  async measure(line = "go") {
    this.#child.stdin.write(`${line}\n`);
    return this.next();
  }

  /** The next value that the process prints. */
  async next() {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    await this.#ended;
    throw new Error("the process ended without an answer");
  }

  /** Ends the process by closing its input. */
  async close() {
    this.#child.stdin.end();
    await this.#ended;
  }
}
