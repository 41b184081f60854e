/** What the user is told about a run: progress with Cancel while it trains, and how it ended. */
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import type { Action, Messages } from "../host/errors";
import { formatDuration, formatMetric } from "../host/format";
import { bestMetric, trainingPosition } from "../protocol/reducer";
import { failureText } from "./failureText";
import { outputTail } from "./launch";
import type { Run } from "./run";
import { progressText, statusText } from "./runText";
import type { Runs } from "./runs";
import { requestStop } from "./stopRun";

type TrainingProgress = vscode.Progress<{ message?: string; increment?: number }>;

export class RunNotifications implements vscode.Disposable {
  private readonly store = new DisposableStore();

  constructor(
    private readonly runs: Runs,
    private readonly messages: Messages,
  ) {
    this.store.add(runs.onDidEnd((run) => void this.tellEnd(run).catch((error: unknown) => messages.error(error))));
  }

  dispose(): void {
    this.store.dispose();
  }

  /**
   * Begins training under a notification that stays until the run ends. Cancel ends a process that has no run yet
   * (the token), and stops the run afterwards.
   *
   * @returns the run as soon as there is one; it goes on with or without the notification.
   */
  begin(name: string, start: (token: vscode.CancellationToken) => Promise<Run>): Promise<Run> {
    return new Promise((resolve, reject) => {
      void vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t("Training {0}", name),
          cancellable: true,
        },
        async (progress, token) => {
          progress.report({ message: statusText("starting") });
          try {
            const run = await start(token);
            resolve(run);
            await this.follow(run, progress, token);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
      );
    });
  }

  private async follow(run: Run, progress: TrainingProgress, token: vscode.CancellationToken): Promise<void> {
    const store = new DisposableStore();
    const stop = (): void => {
      requestStop(this.runs, run).catch((error: unknown) => this.messages.error(error));
    };
    if (token.isCancellationRequested) stop();
    store.add(token.onCancellationRequested(stop));
    let reported = 0;
    const report = (): void => {
      const percent = 100 * (trainingPosition(run.state)?.fraction ?? 0);
      progress.report({ message: progressText(run), increment: Math.max(0, percent - reported) });
      reported = Math.max(reported, percent);
    };
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (run.isActive) report();
        else resolve();
      };
      store.add(this.runs.onDidChange((changed) => changed === run && look()));
      store.add(this.runs.onDidRemove((removed) => removed === run && resolve()));
      const ending = this.store.add({ dispose: resolve });
      store.add({ dispose: () => this.store.release(ending) });
      look();
    });
    store.dispose();
  }

  private async tellEnd(run: Run): Promise<void> {
    // Whoever resumed it tells why it did not go on.
    if (run.failedToResume) return;
    // There are many, and their sweep has a panel.
    if (run.manifest.sweep) return;
    const { name } = run.manifest.recipe;
    const command = (label: string, id: string): Action => ({
      label,
      run: () => vscode.commands.executeCommand(id, run.id),
    });
    const open = command(vscode.l10n.t("Open Panel"), "trainlens.openRun");
    const explain = command(vscode.l10n.t("Explain"), "trainlens.explainRun");
    const resume = command(vscode.l10n.t("Resume"), "trainlens.resumeRun");
    const output = command(vscode.l10n.t("Show Output"), "trainlens.openOutput");
    const log = command(vscode.l10n.t("Show Log"), "trainlens.showLog");
    const resumeIfPossible = run.canResume ? [resume] : [];
    switch (run.status) {
      case "done": {
        const best = bestMetric(run.state);
        const seconds = formatDuration(run.state.activeSeconds);
        this.messages.info(
          best
            ? vscode.l10n.t(
                "{0} is trained in {1}: {2} {3}.",
                name,
                seconds,
                best.name,
                formatMetric(best.name, best.value),
              )
            : vscode.l10n.t("{0} is trained in {1}.", name, seconds),
          [open, ...(run.canExplain ? [explain] : [])],
        );
        break;
      }
      case "stopped":
        this.messages.info(
          run.canResume
            ? vscode.l10n.t("{0} has stopped; it can be resumed where it was.", name)
            : vscode.l10n.t("{0} has stopped before its first checkpoint.", name),
          [...resumeIfPossible, open],
        );
        break;
      case "failed": {
        const { phase } = run.state;
        const error = phase.kind === "ended" ? phase.error : undefined;
        const message = [error?.message ?? vscode.l10n.t("no reason given"), error?.advice].filter(Boolean).join(" ");
        this.messages.alarm(vscode.l10n.t("{0} failed: {1}", name, message), [...resumeIfPossible, output, log]);
        break;
      }
      case "crashed": {
        const said = failureText(await outputTail(run.folder))?.message;
        this.messages.alarm(
          said
            ? vscode.l10n.t("{0} crashed: its process is gone without an ending. It last said: {1}", name, said)
            : vscode.l10n.t("{0} crashed: its process is gone without an ending.", name),
          [...resumeIfPossible, output, log],
        );
        break;
      }
      case "starting":
      case "running":
      case "stopping":
        // It was resumed in the meantime.
        break;
    }
  }
}
