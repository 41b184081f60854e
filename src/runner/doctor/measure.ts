/** How fast the current backend is: a matrix product and a convolution, the two operations that training consists of. */
import * as tf from "@tensorflow/tfjs-core";
import type { Measurement, Speed } from "../../protocol/doctorReport";

/** One operation in one size. */
export interface Workload {
  shape: string;
  /** Of one call; a multiply-add counts as two. */
  flops: number;
  /** Tensors that the operation takes. */
  operands: () => tf.Tensor4D[] | tf.Tensor2D[];
  call: (operands: tf.Tensor[]) => tf.Tensor;
}

/** [n, n] · [n, n]. */
export function matMulOf(n: number): Workload {
  return {
    shape: `${n} × ${n} by ${n} × ${n}`,
    flops: 2 * n ** 3,
    operands: () => [tf.randomUniform<tf.Rank.R2>([n, n]), tf.randomUniform<tf.Rank.R2>([n, n])],
    call: ([a, b]) => tf.matMul(a, b),
  };
}

/** [batch, 32, 32, 32] with 64 filters of 3 × 3, padded to the same size: a middle layer of a small network. */
export function convOf(batch: number): Workload {
  const [size, channels, filters, kernel] = [32, 32, 64, 3];
  return {
    shape: `${batch} × ${size} × ${size} × ${channels} with ${filters} filters of ${kernel} × ${kernel}`,
    flops: 2 * batch * size ** 2 * kernel ** 2 * channels * filters,
    operands: () => [
      tf.randomUniform<tf.Rank.R4>([batch, size, size, channels]),
      tf.randomUniform<tf.Rank.R4>([kernel, kernel, channels, filters]),
    ],
    call: ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
  };
}

/** Sizes from those that plain JavaScript can do to those that keep a large GPU busy. */
const MAT_MULS = [128, 256, 512, 1024, 2048, 4096].map(matMulOf);
const CONVOLUTIONS = [1, 4, 16, 64, 256].map(convOf);

/** A call of at least so many seconds is long enough to hide what it costs to begin one. */
const LONG_ENOUGH = 0.02;
/** Calls are sent off together for about so many seconds before one result is read. */
const BURST = 0.1;

/** Measures the backend that is tfjs's current one; each of the two takes about `seconds`. */
export async function measureSpeed(seconds: number): Promise<Speed> {
  return {
    matMul: await measure(MAT_MULS, seconds),
    conv2d: await measure(CONVOLUTIONS, seconds),
  };
}

/** Seconds, from any beginning. */
type Clock = () => number;
const wallClock: Clock = () => performance.now() / 1000;

/**
 * Takes the first workload whose single call is long enough, else the last, and repeats it.
 *
 * A device may work behind the program's back, so a time is taken when a number of the last result has arrived.
 *
 * @param workloads smallest first.
 */
export async function measure(
  workloads: readonly Workload[],
  seconds: number,
  clock: Clock = wallClock,
): Promise<Measurement> {
  for (const [i, workload] of workloads.entries()) {
    const operands = workload.operands();
    try {
      // The first call compiles and allocates.
      await timeCalls(workload, operands, 1, clock);
      const single = await timeCalls(workload, operands, 1, clock);
      if (single < LONG_ENOUGH && i < workloads.length - 1) continue;
      const burst = Math.max(1, Math.round(BURST / Math.max(single, 1e-5)));
      let repeats = 0;
      let spent = 0;
      while (spent < seconds) {
        spent += await timeCalls(workload, operands, burst, clock);
        repeats += burst;
      }
      return measurement(workload, repeats, spent);
    } finally {
      tf.dispose(operands);
    }
  }
  throw new RangeError("There is no workload to measure.");
}

export function measurement({ shape, flops }: Workload, repeats: number, seconds: number): Measurement {
  return { gflops: (flops * repeats) / seconds / 1e9, shape, repeats, seconds };
}

/** Seconds from the first call until a number of the last one's result is here. */
async function timeCalls({ call }: Workload, operands: tf.Tensor[], repeats: number, clock: Clock): Promise<number> {
  const began = clock();
  for (let i = 1; i < repeats; i++) call(operands).dispose();
  const witness = tf.tidy(() => tf.slice(tf.reshape(call(operands), [-1]), [0], [1]));
  await witness.data();
  const seconds = clock() - began;
  witness.dispose();
  return seconds;
}
