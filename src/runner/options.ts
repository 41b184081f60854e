/** Numbers as they are typed on the command line. */
import { UsageError } from "./errors";

/** Gathers the values of an option that may be given several times. */
export function collect(value: string, all: string[]): string[] {
  return [...all, value];
}

/** @throws UsageError where the text is no whole number: digits with or without a sign, exact as a double. */
export function wholeNumber(option: string, text: string): number {
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`${option} "${text}" is no whole number.`);
  return value;
}

/** @throws UsageError where the text is no number above 0. */
export function positiveNumber(option: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new UsageError(`${option} "${text}" is no number above 0.`);
  return value;
}

/** @throws UsageError where the text is no whole number from 0 on. */
export function indexNumber(option: string, text: string): number {
  const value = wholeNumber(option, text);
  if (value < 0) throw new UsageError(`${option} "${text}" is no whole number from 0 on.`);
  return value;
}
