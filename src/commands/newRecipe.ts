import path from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { chooseFolder } from "../host/workspace";
import {
  LANGUAGES,
  type RecipeLanguage,
  TEMPLATES,
  existingFiles,
  scaffold,
  templateOf,
  writeScaffold,
} from "../scaffold";
import type { Parts } from "./parts";

const Request = v.object({
  template: v.optional(v.picklist(TEMPLATES.map(({ id }) => id))),
  language: v.optional(v.picklist(LANGUAGES)),
  /** Absolute. */
  folder: v.optional(v.string()),
  /** Whether existing files may be replaced; the user is asked where this is not given. */
  overwrite: v.optional(v.boolean()),
});
type Request = v.InferOutput<typeof Request>;

const LANGUAGE_NAMES: Record<RecipeLanguage, string> = {
  typescript: "TypeScript",
  javascript: "JavaScript",
  python: "Python",
};

/**
 * Writes a recipe and opens it. What the request leaves out is asked for.
 *
 * @param argument `{ template, language, folder, overwrite }`, or the folder's URI from the explorer.
 * @returns the recipe's URI; undefined where the user cancelled or keeps the files that are there.
 */
export async function newRecipe(_parts: Parts, argument?: unknown): Promise<vscode.Uri | undefined> {
  const request = parseRequest(argument);
  const template = request.template ?? (await pickTemplate());
  if (!template) return undefined;
  const language = request.language ?? (await pickLanguage(template));
  if (!language) return undefined;
  if (!templateOf(template).languages.includes(language))
    throw new HostError(vscode.l10n.t("This recipe is not written in {0}.", LANGUAGE_NAMES[language]));
  const folder = request.folder ?? (await pickFolder(template));
  if (!folder) return undefined;
  const files = await scaffold(template, language);
  const existing = existingFiles(folder, files);
  if (existing.length > 0 && !(await mayReplace(existing, request.overwrite))) return undefined;
  await writeScaffold(folder, files);
  const recipe = vscode.Uri.file(path.join(folder, files[0].path));
  await vscode.window.showTextDocument(recipe, { preview: false });
  return recipe;
}

function parseRequest(argument: unknown): Request {
  if (argument instanceof vscode.Uri) {
    if (argument.scheme !== "file") throw new HostError(vscode.l10n.t("Recipes are written to folders on a disk."));
    return { folder: argument.fsPath };
  }
  if (argument === undefined) return {};
  const parsed = v.safeParse(Request, argument);
  if (!parsed.success)
    throw new HostError(vscode.l10n.t("This is no request for a recipe: {0}", v.summarize(parsed.issues)));
  return parsed.output;
}

async function pickTemplate(): Promise<Request["template"]> {
  // The list of templates marks its texts, where a translator finds them.
  const { t: translated } = vscode.l10n;
  const picked = await vscode.window.showQuickPick(
    TEMPLATES.map(({ id, title, description, languages }) => ({
      id,
      label: translated(title),
      description: languages.map((language) => LANGUAGE_NAMES[language]).join(", "),
      detail: translated(description),
    })),
    { title: vscode.l10n.t("New Recipe"), placeHolder: vscode.l10n.t("What shall be trained?"), matchOnDetail: true },
  );
  return picked?.id;
}

async function pickLanguage(template: string): Promise<Request["language"]> {
  const { languages } = templateOf(template);
  if (languages.length === 1) return languages[0];
  const picked = await vscode.window.showQuickPick(
    languages.map((language) => ({ language, label: LANGUAGE_NAMES[language] })),
    { title: vscode.l10n.t("New Recipe"), placeHolder: vscode.l10n.t("In which language?") },
  );
  return picked?.language;
}

/** A folder inside the workspace; "." is the workspace folder itself. */
async function pickFolder(template: string): Promise<string | undefined> {
  const workspaceFolder = await chooseFolder();
  if (!workspaceFolder) return undefined;
  const root = workspaceFolder.uri.fsPath;
  const entered = await vscode.window.showInputBox({
    // What is typed stays where a panel that loads takes the focus.
    ignoreFocusOut: true,
    title: vscode.l10n.t("New Recipe"),
    prompt: vscode.l10n.t("Folder in {0} to write to; a dot is {0} itself.", workspaceFolder.name),
    value: template,
    validateInput: (text) =>
      isInside(root, text) ? undefined : vscode.l10n.t("Type a folder inside {0}.", workspaceFolder.name),
  });
  return entered === undefined ? undefined : path.resolve(root, entered.trim());
}

function isInside(root: string, entered: string): boolean {
  const relative = path.relative(root, path.resolve(root, entered.trim()));
  return entered.trim() !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
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
