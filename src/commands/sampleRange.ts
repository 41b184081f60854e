/** What a user may type for the samples and the background of an explanation. */
import * as vscode from "vscode";

/** "0-9", or what there is. */
export function defaultSamples(available: number | undefined): string {
  const last = Math.min(10, available ?? 10) - 1;
  return last > 0 ? `0-${last}` : "0";
}

/**
 * What is wrong with a range of samples, "first-last" or one number; undefined where it is right.
 *
 * @param available how many there are; undefined where that is unknown.
 */
export function checkSamples(text: string, available: number | undefined): string | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  if (!match) return vscode.l10n.t("Type a range such as 0-9, or one number.");
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (last < first) return vscode.l10n.t("The range ends before it begins.");
  if (available !== undefined && last >= available)
    return vscode.l10n.t("There are {0} samples: the last one is {1}.", available, available - 1);
  return undefined;
}

/** "5" as the command line takes it: "5-5". */
export function normalizeSamples(text: string): string {
  const range = text.trim();
  return range.includes("-") ? range : `${range}-${range}`;
}

/** What is wrong with a background's size; undefined where it is right. */
export function checkBackground(text: string, available: number | undefined): string | undefined {
  if (!/^\d+$/.test(text.trim()) || Number(text) < 1) return vscode.l10n.t("Type a whole number from 1 on.");
  if (available !== undefined && Number(text) > available)
    return vscode.l10n.t("The training data has {0} rows.", available);
  return undefined;
}
