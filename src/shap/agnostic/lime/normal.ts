/** The standard normal distribution. */

/** P(Z <= z), to 1e-15 (Marsaglia 2004, Evaluating the normal distribution). */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let [sum, last, term] = [z, 0, z];
  for (let i = 3; sum !== last; i += 2) {
    last = sum;
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI));
}

/** Coefficients of rational approximations, the highest power first, of the middle and of the tails (Acklam 2003). */
const MIDDLE = [
  [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ],
  [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1],
] as const;
const TAIL = [
  [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1],
] as const;

/** z of P(Z <= z) = p, 0 < p < 1, to 2e-9 of it (Acklam 2003). */
export function normalQuantile(p: number): number {
  if (p < 0.02425) return inTail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -inTail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  return (polynomial(MIDDLE[0], q * q) * q) / polynomial(MIDDLE[1], q * q);
}

function inTail(q: number): number {
  return polynomial(TAIL[0], q) / polynomial(TAIL[1], q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}
