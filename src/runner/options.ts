/** Numbers as they are typed on the command line. */
import { UsageError } from "./errors";

/** @throws UsageError where the text is no whole number: digits with or without a sign, exact as a double. */
export function wholeNumber(option: string, text: string): number {
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`${option} "${text}" is no whole number.`);
  return value;
}
