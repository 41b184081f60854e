/** A run in words, the same in the tree, the status bar and messages. */
import * as vscode from "vscode";
import { formatDuration, formatMetric } from "../host/format";
import { type RunStatus, latestMetrics, remainingSeconds, trainingPosition } from "../protocol/reducer";
import type { Run } from "./run";

export function statusText(status: RunStatus): string {
  const texts: Record<RunStatus, string> = {
    starting: vscode.l10n.t("starting"),
    running: vscode.l10n.t("running"),
    stopping: vscode.l10n.t("stopping"),
    done: vscode.l10n.t("done"),
    stopped: vscode.l10n.t("stopped"),
    failed: vscode.l10n.t("failed"),
    crashed: vscode.l10n.t("crashed"),
  };
  return texts[status];
}

/** "epoch 3 of 10 · loss 0.1234 · 45 s left": what is known of it. */
export function progressText(run: Run): string {
  if (run.status !== "running") return statusText(run.status);
  const parts: string[] = [];
  const position = trainingPosition(run.state);
  if (position) parts.push(vscode.l10n.t("epoch {0} of {1}", position.epoch, position.epochs));
  const loss = currentLoss(run);
  if (loss !== undefined) parts.push(vscode.l10n.t("loss {0}", formatMetric("loss", loss)));
  const left = remainingSeconds(run.state);
  if (left !== undefined) parts.push(vscode.l10n.t("{0} left", formatDuration(left)));
  return parts.join(" · ");
}

/** The last batch's loss, which is newer than the last epoch's. */
function currentLoss(run: Run): number | undefined {
  return run.state.batches.at(-1)?.metrics["loss"]?.at(-1) ?? latestMetrics(run.state)["loss"];
}
