/** What a user may type for the samples and the background of an explanation. */
import * as vscode from "vscode";
import { DEFAULT_SAMPLES, isPastEnd, isReversed, parseRowRange } from "../protocol/rowRange";

/** "0-9", or what there is. */
export function defaultSamples(available: number | undefined): string {
  const last = Math.min(DEFAULT_SAMPLES, available ?? DEFAULT_SAMPLES) - 1;
  return last > 0 ? `0-${last}` : "0";
}

/**
 * What is wrong with a range of samples, "first-last" or one number; undefined where it is right.
 *
 * @param available how many there are; undefined where that is unknown.
 */
export function checkSamples(text: string, available: number | undefined): string | undefined {
  const range = parseRowRange(text);
  if (!range) return vscode.l10n.t("Type a range such as 0-9, or one number.");
  if (isReversed(range)) return vscode.l10n.t("The range ends before it begins.");
  if (available !== undefined && isPastEnd(range, available))
    return vscode.l10n.t("There are {0} samples: the last one is {1}.", available, available - 1);
  return undefined;
}

/** What is wrong with a background's size; undefined where it is right. */
export function checkBackground(text: string, available: number | undefined): string | undefined {
  if (!/^\d+$/.test(text.trim()) || Number(text) < 1) return vscode.l10n.t("Type a whole number from 1 on.");
  if (available !== undefined && Number(text) > available)
    return vscode.l10n.t("The training data has {0} rows.", available);
  return undefined;
}
