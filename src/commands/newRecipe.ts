import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { LANGUAGES, TEMPLATES, scaffold, templateOf } from "../scaffold";
import type { Parts } from "./parts";
import { LANGUAGE_NAMES, pickBase, pickFolder, pickLanguage, pickTemplate, writeAndOpen } from "./recipeQuestions";

const Request = v.object({
  template: v.optional(v.picklist(TEMPLATES.map(({ id }) => id))),
  language: v.optional(v.picklist(LANGUAGES)),
  /** The pretrained base, of a template that has several. */
  base: v.optional(v.string()),
  /** Absolute. */
  folder: v.optional(v.string()),
  /** Whether existing files may be replaced; the user is asked where this is not given. */
  overwrite: v.optional(v.boolean()),
});
type Request = v.InferOutput<typeof Request>;

/**
 * Writes a recipe and opens it. What the request leaves out is asked for.
 *
 * @param argument `{ template, language, base, folder, overwrite }`, or the folder's URI from the explorer.
 * @returns the recipe's URI; undefined where the user cancelled or keeps the files that are there.
 */
export async function newRecipe(_parts: Parts, argument?: unknown): Promise<vscode.Uri | undefined> {
  const request = parseRequest(argument);
  const title = vscode.l10n.t("New Recipe");
  const template = request.template ?? (await pickTemplate(title));
  if (!template) return undefined;
  const language = request.language ?? (await pickLanguage(title, templateOf(template).languages));
  if (!language) return undefined;
  if (!templateOf(template).languages.includes(language))
    throw new HostError(vscode.l10n.t("This recipe is not written in {0}.", LANGUAGE_NAMES[language]));
  // A script in Python has one form.
  const bases = language === "python" ? [] : (templateOf(template).bases ?? []);
  const base = request.base ?? (await pickBase(title, bases));
  if (bases.length > 0 && base === undefined) return undefined;
  if (base !== undefined && !bases.some(({ id }) => id === base))
    throw new HostError(vscode.l10n.t('This recipe has no base "{0}".', base));
  const folder = request.folder ?? (await pickFolder(title, template));
  if (!folder) return undefined;
  return await writeAndOpen(folder, await scaffold(template, language, base), request.overwrite);
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
