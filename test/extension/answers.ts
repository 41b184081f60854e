/** Answers in a user's place: the test host shows no dialog. */
import * as vscode from "vscode";

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
