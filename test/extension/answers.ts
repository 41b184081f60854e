/** Answers in a user's place: the test host shows no dialog. */
import * as vscode from "vscode";

/** A list or an input box that was shown. */
export interface Asked {
  title: string;
  /** Labels of a list; none for an input box. */
  labels: string[];
}

/**
 * While `work` runs, every list and input box gets an answer by its title: a label, or a text. undefined gives up.
 *
 * @returns what was asked, in its order.
 */
export async function choosing(
  answer: (title: string) => string | undefined,
  work: () => Promise<unknown>,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  const { window } = vscode;
  const { showQuickPick, showInputBox } = window;
  const pick = async (items: readonly vscode.QuickPickItem[], { title = "" }: vscode.QuickPickOptions) => {
    asked.push({ title, labels: items.map(({ label }) => label) });
    return items.find(({ label }) => label === answer(title));
  };
  // Of its many forms, the one that the code under test uses.
  Object.assign(window, { showQuickPick: pick });
  window.showInputBox = async ({ title = "" }: vscode.InputBoxOptions = {}) => {
    asked.push({ title, labels: [] });
    return answer(title);
  };
  try {
    await work();
  } finally {
    window.showQuickPick = showQuickPick;
    window.showInputBox = showInputBox;
  }
  return asked;
}

/** A question that a modal dialog asked. */
export interface Question {
  message: string;
  options: vscode.MessageOptions;
  /** The buttons, besides Cancel. */
  items: string[];
}

type Answer = (question: Question) => string | undefined;

/**
 * While `work` runs, every modal warning gets this answer; undefined is Cancel.
 *
 * @returns the questions that were asked.
 */
export async function answering(answer: Answer, work: () => Promise<unknown>): Promise<Question[]> {
  const asked: Question[] = [];
  const { window } = vscode;
  const shown = window.showWarningMessage;
  const stub = async (message: string, options: vscode.MessageOptions, ...items: string[]) => {
    asked.push({ message, options, items });
    return answer({ message, options, items });
  };
  window.showWarningMessage = stub;
  try {
    await work();
  } finally {
    window.showWarningMessage = shown;
  }
  return asked;
}
