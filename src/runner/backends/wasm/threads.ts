/**
 * Threads that share the loops of kernels.as on one heap.
 *
 * A job is cut into parts, which the main thread and the others take one by one, so a thread that starts late, sleeps or is
 * kept from its processor only leaves more to the rest. The main thread goes on when all parts are done.
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { assetPath } from "../../../data/assets";
import { UserError } from "../../errors";
import {
  JOB_SIZE,
  type Loops,
  MOST_PARTS,
  SHARED_LOOPS,
  type SharedLoop,
  type ThreadStart,
  WORDS,
  doPart,
  instantiate,
  takePart,
} from "./loops";

/** More gain nothing: the loops of common models are then too short. */
const MOST_THREADS = 8;
/** Parts a thread, so that a slow one can leave some of its share to others. */
const PARTS_A_THREAD = 2;
/** Looks at the count of parts done before the main thread sleeps. */
const LOOKS = 5000;
/** A part takes milliseconds; a thread that is gone never ends its own. */
const PATIENCE_MS = 60_000;

export class Threads {
  /** The loops on this thread. */
  readonly main: Loops;
  /** How many threads there are, this one among them. */
  readonly count: number;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * Object.keys(WORDS).length));
  readonly #job = new Float64Array(new SharedArrayBuffer(8 * JOB_SIZE));
  #jobs = 0;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.main = instantiate(module, memory);
    const shared = memory.buffer instanceof SharedArrayBuffer;
    this.count = shared ? threadCount() : 1;
    for (let thread = 1; thread < this.count; thread++) {
      const workerData: ThreadStart = { module, memory, words: this.#words, job: this.#job, thread };
      const worker = new Worker(assetPath("wasmThread.js"), { workerData, execArgv: [] });
      worker.on("error", (error) => process.emitWarning(`A thread of the wasm backend ended: ${error.message}`));
      worker.unref();
    }
  }

  /** How many of them have started: until then the others do their work. */
  get started(): number {
    return 1 + Atomics.load(this.#words, WORDS.ready);
  }

  /**
   * Runs a loop, cut into at most so many parts.
   *
   * @throws Error where a part failed or its thread is gone.
   */
  run(loop: SharedLoop, args: readonly number[], mostParts: number): void {
    const { started } = this;
    const parts = Math.min(mostParts, PARTS_A_THREAD * started, MOST_PARTS);
    if (started === 1 || parts < 2) {
      this.main[loop](...args, 0, 0, 1);
      return;
    }
    const [words, job] = [this.#words, this.#job];
    job[0] = SHARED_LOOPS.indexOf(loop);
    job[1] = parts;
    job[2] = args.length;
    job.set(args, 3);
    Atomics.store(words, WORDS.done, 0);
    this.#jobs = (this.#jobs + 1) % 2 ** 23;
    Atomics.store(words, WORDS.ticket, (this.#jobs << 8) | parts);
    if (Atomics.load(words, WORDS.asleep) > 0) Atomics.notify(words, WORDS.ticket);
    for (let part = takePart(words); part >= 0; part = takePart(words)) doPart(this.main, words, job, 0, part);
    this.#waitFor(parts);
    if (Atomics.exchange(words, WORDS.failed, 0) > 0) throw new Error(`The loop ${loop} failed.`);
  }

  #waitFor(parts: number): void {
    const words = this.#words;
    for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, WORDS.done) === parts) return;
    for (;;) {
      const done = Atomics.load(words, WORDS.done);
      if (done === parts) return;
      if (Atomics.wait(words, WORDS.done, done, PATIENCE_MS) === "timed-out") {
        throw new Error("A thread of the wasm backend has stopped; set TRAINLENS_THREADS=1 to do without.");
      }
    }
  }
}

/** How many threads the wasm backend uses: a processor each, at most 8, or what TRAINLENS_THREADS says. */
export function threadCount(): number {
  const asked = process.env["TRAINLENS_THREADS"];
  if (!asked) return Math.min(availableParallelism(), MOST_THREADS);
  const count = Number(asked);
  if (Number.isInteger(count) && count >= 1 && count <= 64) return count;
  throw new UserError(`TRAINLENS_THREADS is ${asked}`, "Set it to a whole number from 1 to 64, or unset it.");
}
