/** Checking: runs `trainlens check` in a process that ends with its command or with the window. */
import path from "node:path";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { runnerCommand } from "../host/runnerCommand";
import { readSettings } from "../host/settings";
import { type RecipeCheck, parseRecipeCheck } from "../protocol/recipeCheck";
import { failureText } from "./failureText";
import { OwnedProcess } from "./ownedProcess";

/** A recipe's data may be large, its module may wait for something: how long its process may take, ms. */
const PATIENCE = 120_000;

export class RecipeChecker implements vscode.Disposable {
  /** By the recipe's path: one at a time, the newest. */
  private readonly processes = new Map<string, OwnedProcess>();

  constructor(
    private readonly extensionPath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  dispose(): void {
    for (const each of this.processes.values()) each.kill();
  }

  /**
   * Builds the recipe's data and model as they are on disk.
   *
   * @returns undefined where a newer check of the same recipe, or the window's end, came between.
   * @throws HostError where the process gave no answer.
   */
  async check(recipe: vscode.Uri): Promise<RecipeCheck | undefined> {
    const file = recipe.fsPath;
    this.processes.get(file)?.kill();
    const { nodePath } = readSettings(recipe);
    const command = runnerCommand(this.extensionPath, nodePath, ["check", file, "--json"]);
    let output = "";
    const child = new OwnedProcess(command, path.dirname(file), { stdout: (text) => (output += text) });
    this.processes.set(file, child);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill();
    }, PATIENCE);
    const { errors, spawnError } = await child.ended;
    clearTimeout(timer);
    if (this.processes.get(file) !== child) return undefined;
    this.processes.delete(file);
    // What the recipe prints comes before.
    const found = parseRecipeCheck(output.trimEnd().split("\n").at(-1) ?? "");
    if (found) return found;
    if (late) throw new HostError(vscode.l10n.t("{0} could not be checked within two minutes.", path.basename(file)));
    this.log.error(`Checking ${file} failed.\n${spawnError ?? errors}`);
    const said = spawnError ?? failureText(errors)?.message ?? vscode.l10n.t("its process ended without a word");
    throw new HostError(vscode.l10n.t("{0} could not be checked: {1}", path.basename(file), said));
  }
}
