/** What both ways to a new recipe ask, and how they end. */
import path from "node:path";
import * as vscode from "vscode";
import { chooseFolder } from "../host/workspace";
import {
  LANGUAGES,
  type RecipeLanguage,
  type Scaffold,
  type TemplateBase,
  TEMPLATES,
  type TemplateId,
  existingFiles,
  writeScaffold,
} from "../scaffold";
import { pickOne } from "./pickOne";

export const LANGUAGE_NAMES: Record<RecipeLanguage, string> = {
  typescript: "TypeScript",
  javascript: "JavaScript",
  python: "Python",
};

/** One of the templates, as the list has them or in the order of `ids`. */
export async function pickTemplate(
  title: string,
  ids: readonly TemplateId[] = TEMPLATES.map(({ id }) => id),
): Promise<TemplateId | undefined> {
  // The list of templates marks its texts, where a translator finds them.
  const { t: translated } = vscode.l10n;
  const templates = ids
    .map((id) => TEMPLATES.find((template) => template.id === id))
    .filter((each) => each !== undefined);
  const picked = await pickOne(
    templates.map(({ id, title: name, description, languages }) => ({
      id,
      label: translated(name),
      // Said of those that are not written in all of them.
      ...(languages.length < LANGUAGES.length
        ? { description: languages.map((language) => LANGUAGE_NAMES[language]).join(", ") }
        : {}),
      detail: translated(description),
    })),
    { title, placeHolder: vscode.l10n.t("What shall be trained?"), matchOnDetail: true },
  );
  return picked?.id;
}

export async function pickLanguage<L extends RecipeLanguage>(
  title: string,
  languages: readonly L[],
): Promise<L | undefined> {
  if (languages.length === 1) return languages[0];
  const picked = await pickOne(
    languages.map((language) => ({ language, label: LANGUAGE_NAMES[language] })),
    { title, placeHolder: vscode.l10n.t("In which language?") },
  );
  return picked?.language;
}

/** Undefined where there is none to choose from, and where the user cancels. */
export async function pickBase(title: string, bases: readonly TemplateBase[]): Promise<string | undefined> {
  if (bases.length === 0) return undefined;
  // The list of templates marks its texts, where a translator finds them.
  const { t: translated } = vscode.l10n;
  const picked = await pickOne(
    bases.map(({ id, title: name, description }) => ({ id, label: translated(name), detail: translated(description) })),
    { title, placeHolder: vscode.l10n.t("On which pretrained base?") },
  );
  return picked?.id;
}

/** A folder inside the workspace; "." is the workspace folder itself. */
export async function pickFolder(title: string, value: string, near?: vscode.Uri): Promise<string | undefined> {
  const workspaceFolder = await chooseFolder(near);
  if (!workspaceFolder) return undefined;
  const root = workspaceFolder.uri.fsPath;
  const entered = await vscode.window.showInputBox({
    // What is typed stays where a panel that loads takes the focus.
    ignoreFocusOut: true,
    title,
    prompt: vscode.l10n.t("Folder in {0} to write to; a dot is {0} itself.", workspaceFolder.name),
    value,
    validateInput: (text) =>
      isInside(root, text) ? undefined : vscode.l10n.t("Type a folder inside {0}.", workspaceFolder.name),
  });
  return entered === undefined ? undefined : path.resolve(root, entered.trim());
}

function isInside(root: string, entered: string): boolean {
  const relative = path.relative(root, path.resolve(root, entered.trim()));
  return entered.trim() !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
}

/**
 * Writes the files and opens the recipe.
 *
 * @param overwrite whether files that are there may be replaced; the user is asked where it is not given.
 * @returns the recipe; undefined where the user keeps the files that are there.
 */
export async function writeAndOpen(
  folder: string,
  files: Scaffold,
  overwrite: boolean | undefined,
): Promise<vscode.Uri | undefined> {
  const existing = existingFiles(folder, files);
  if (existing.length > 0 && !(await mayReplace(existing, overwrite))) return undefined;
  await writeScaffold(folder, files);
  const recipe = vscode.Uri.file(path.join(folder, files[0].path));
  await vscode.window.showTextDocument(recipe, { preview: false });
  return recipe;
}

async function mayReplace(existing: readonly string[], overwrite: boolean | undefined): Promise<boolean> {
  if (overwrite !== undefined) return overwrite;
  const replace = vscode.l10n.t("Replace");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("These files exist already. Replace them?"),
    { modal: true, detail: existing.join("\n") },
    replace,
  );
  return answer === replace;
}
