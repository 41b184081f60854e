/** Every command: its id and who carries it out. */
import * as vscode from "vscode";
import { checkRecipe } from "./commands/checkRecipe";
import { deleteRun } from "./commands/deleteRun";
import { doctor } from "./commands/doctor";
import { explainRun } from "./commands/explainRun";
import { installBackend } from "./commands/installBackend";
import { newRecipe } from "./commands/newRecipe";
import { newRecipeFromData } from "./commands/newRecipeFromData";
import { openExplanation } from "./commands/openExplanation";
import { openOutput } from "./commands/openOutput";
import { openRecipe } from "./commands/openRecipe";
import { openRun } from "./commands/openRun";
import type { Command, Parts } from "./commands/parts";
import { openSweep } from "./commands/openSweep";
import { previewAugmentation } from "./commands/previewAugmentation";
import { refreshRuns } from "./commands/refreshRuns";
import { rerunRun } from "./commands/rerunRun";
import { resumeRun } from "./commands/resumeRun";
import { revealRun } from "./commands/revealRun";
import { showLog } from "./commands/showLog";
import { stopRun } from "./commands/stopRun";
import { sweep } from "./commands/sweep";
import { train } from "./commands/train";
import { DisposableStore } from "./host/disposableStore";

export const COMMANDS = {
  "trainlens.newRecipe": newRecipe,
  "trainlens.newRecipeFromData": newRecipeFromData,
  "trainlens.train": train,
  "trainlens.checkRecipe": checkRecipe,
  "trainlens.sweep": sweep,
  "trainlens.openSweep": openSweep,
  "trainlens.previewAugmentation": previewAugmentation,
  "trainlens.openRun": openRun,
  "trainlens.stopRun": stopRun,
  "trainlens.resumeRun": resumeRun,
  "trainlens.rerunRun": rerunRun,
  "trainlens.explainRun": explainRun,
  "trainlens.installBackend": installBackend,
  "trainlens.openExplanation": openExplanation,
  "trainlens.openRecipe": openRecipe,
  "trainlens.openOutput": openOutput,
  "trainlens.revealRun": revealRun,
  "trainlens.deleteRun": deleteRun,
  "trainlens.refreshRuns": refreshRuns,
  "trainlens.doctor": doctor,
  "trainlens.showLog": showLog,
} as const satisfies Record<string, Command>;

/** Registers the table. A failure is shown to the user once, here, and the command then gives undefined. */
export function registerCommands(parts: Parts): vscode.Disposable {
  const store = new DisposableStore();
  for (const [id, command] of Object.entries<Command>(COMMANDS)) {
    store.add(
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          return await command(parts, ...args);
        } catch (error) {
          parts.messages.error(error);
          return undefined;
        }
      }),
    );
  }
  return store;
}
