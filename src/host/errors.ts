/** Errors a user can act on, and the one way to show them. */
import * as vscode from "vscode";

/** A button under a message: its label and what it does. */
export interface Action {
  label: string;
  run: () => unknown;
}

/** An expected failure. The message says what is wrong, `advice` what to do next, `actions` do it. */
export class HostError extends Error {
  override readonly name = "HostError";
  constructor(
    message: string,
    readonly advice?: string,
    readonly actions: readonly Action[] = [],
  ) {
    super(message);
  }
}

type Show = (message: string, ...labels: string[]) => Thenable<string | undefined>;

async function show(how: Show, message: string, actions: readonly Action[]): Promise<void> {
  const chosen = await how(message, ...actions.map((action) => action.label));
  await actions.find((action) => action.label === chosen)?.run();
}

/** What the user is told. Showing never waits for the answer: a button is pressed when it is pressed. */
export class Messages {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  info(message: string, actions: readonly Action[] = []): void {
    this.offer(vscode.window.showInformationMessage, message, actions);
  }

  /** Bad news that is nobody's exception: a run has failed. */
  alarm(message: string, actions: readonly Action[] = []): void {
    this.log.warn(message);
    this.offer(vscode.window.showErrorMessage, message, actions);
  }

  /** An expected failure with its advice and buttons; anything else is a bug, whose stack goes to the log. */
  error(error: unknown): void {
    // The user has cancelled, and knows.
    if (error instanceof vscode.CancellationError) return;
    if (error instanceof HostError) {
      this.alarm(error.advice ? `${error.message} ${error.advice}` : error.message, error.actions);
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.log.error(error instanceof Error ? error : message);
    this.offer(vscode.window.showErrorMessage, vscode.l10n.t("TrainLens met an unexpected error: {0}", message), [
      { label: vscode.l10n.t("Show Log"), run: () => this.log.show() },
    ]);
  }

  private offer(how: Show, message: string, actions: readonly Action[]): void {
    show(how, message, actions).catch((error: unknown) => this.error(error));
  }
}
