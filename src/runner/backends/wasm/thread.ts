/** A thread that takes parts of the wasm backend's loops. A bundle of its own; threads.ts starts it. */
import { workerData } from "node:worker_threads";
import { type ThreadStart, WORDS, doPart, instantiate, takePart } from "./loops";

/** Looks at the ticket this often before it sleeps: about 50 microseconds, the time between two kernels of a step. */
const LOOKS = 2000;

const { module, memory, words, job, thread } = workerData as ThreadStart;
const loops = instantiate(module, memory);
Atomics.add(words, WORDS.ready, 1);

for (;;) {
  const part = takePart(words);
  if (part >= 0) doPart(loops, words, job, thread, part);
  else waitForTicket();
}

function waitForTicket(): void {
  const seen = Atomics.load(words, WORDS.ticket);
  for (let look = 0; look < LOOKS; look++) {
    if (Atomics.load(words, WORDS.ticket) !== seen) return;
  }
  Atomics.add(words, WORDS.asleep, 1);
  Atomics.wait(words, WORDS.ticket, seen);
  Atomics.sub(words, WORDS.asleep, 1);
}
