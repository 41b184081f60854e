import path from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import type { DataColumn, DataFacts, TableFacts } from "../protocol/dataFacts";
import { describeData } from "../runs/dataProcess";
import { type DataRecipeLanguage, TEMPLATES, recipeFromData, templatesFor } from "../scaffold";
import type { Parts } from "./parts";
import { pickOne } from "./pickOne";
import { pickFolder, pickLanguage, pickTemplate, writeAndOpen } from "./recipeQuestions";

const DATA_LANGUAGES = ["typescript", "javascript"] as const satisfies readonly DataRecipeLanguage[];

const Request = v.object({
  /** Absolute. */
  data: v.string(),
  target: v.optional(v.string()),
  template: v.optional(v.picklist(TEMPLATES.map(({ id }) => id))),
  language: v.optional(v.picklist(DATA_LANGUAGES)),
  /** Absolute. */
  folder: v.optional(v.string()),
  /** Whether existing files may be replaced; the user is asked where this is not given. */
  overwrite: v.optional(v.boolean()),
});
type Request = v.InferOutput<typeof Request>;

/**
 * Looks at a file or folder of data, asks what is to be predicted, and writes a recipe for it.
 *
 * @param argument the data's URI, as the explorer gives it, or `{ data, target, template, language, folder, overwrite }`;
 *   the user is asked for what is left out.
 * @returns the recipe's URI; undefined where the user cancelled.
 */
export async function newRecipeFromData(parts: Parts, argument?: unknown): Promise<vscode.Uri | undefined> {
  const request = argument === undefined ? await pickData() : parseRequest(argument);
  if (!request) return undefined;
  const name = path.basename(request.data);
  const near = vscode.Uri.file(request.data);
  const facts = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Looking at {0}…", name),
      cancellable: true,
    },
    (_progress, token) => describeData(parts.extensionPath, request.data, parts.log, token),
  );
  if (!facts) return undefined;
  const title = vscode.l10n.t("New Recipe from {0}", name);
  const target = request.target ?? (facts.kind === "table" ? await pickTarget(title, facts) : facts.name);
  if (target === undefined) return undefined;
  const fitting = templatesFor(facts, target);
  const template = request.template ?? (fitting.length === 1 ? fitting[0] : await pickTemplate(title, fitting));
  if (!template) return undefined;
  if (!fitting.includes(template)) throw unfit(facts, target, template);
  const language = request.language ?? (await pickLanguage(title, DATA_LANGUAGES));
  if (!language) return undefined;
  const folder = request.folder ?? (await pickFolder(title, `${facts.name}-recipe`, near));
  if (!folder) return undefined;
  const files = await recipeFromData(facts, { template, language, target, folder });
  return await writeAndOpen(folder, files, request.overwrite);
}

function parseRequest(argument: unknown): Request {
  if (argument instanceof vscode.Uri) {
    if (argument.scheme !== "file") throw new HostError(vscode.l10n.t("Data is read from a disk."));
    return { data: argument.fsPath };
  }
  const parsed = v.safeParse(Request, argument);
  if (!parsed.success)
    throw new HostError(vscode.l10n.t("This is no request for a recipe: {0}", v.summarize(parsed.issues)));
  return parsed.output;
}

/** Not every system has a dialog for files and folders at once. */
async function pickData(): Promise<Request | undefined> {
  const kinds = [
    { folder: false, label: `$(table) ${vscode.l10n.t("A file")}`, detail: vscode.l10n.t("CSV, TSV, npz, npy or IDX") },
    {
      folder: true,
      label: `$(file-media) ${vscode.l10n.t("A folder")}`,
      detail: vscode.l10n.t("A folder of PNG, JPEG or WebP pictures for each class"),
    },
  ];
  const title = vscode.l10n.t("New Recipe from Data");
  const kind = await pickOne(kinds, { title, placeHolder: vscode.l10n.t("Where is the data?") });
  if (!kind) return undefined;
  const base = vscode.workspace.workspaceFolders?.at(0)?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title,
    canSelectFiles: !kind.folder,
    canSelectFolders: kind.folder,
    openLabel: vscode.l10n.t("Use This Data"),
    ...(base ? { defaultUri: base } : {}),
  });
  const uri = chosen?.at(0);
  return uri && parseRequest(uri);
}

/** The likeliest column first. */
async function pickTarget(title: string, { columns, target }: TableFacts): Promise<string | undefined> {
  const usable = columns.filter(({ tasks }) => tasks.length > 0);
  const ordered = [...usable.filter(({ name }) => name === target), ...usable.filter(({ name }) => name !== target)];
  const picked = await pickOne(
    ordered.map((column) => ({ name: column.name, label: column.name, description: describeColumn(column) })),
    { title, placeHolder: vscode.l10n.t("Which column shall be predicted?"), matchOnDescription: true },
  );
  return picked?.name;
}

function describeColumn({ kind, distinct, missing, tasks }: DataColumn): string {
  const what =
    kind !== "number"
      ? vscode.l10n.t("category, {0} classes", distinct)
      : tasks[0] === "classification"
        ? vscode.l10n.t("whole number, {0} classes", distinct)
        : vscode.l10n.t("quantity, {0} different values", distinct);
  return missing > 0 ? `${what} · ${vscode.l10n.t("{0} missing", missing)}` : what;
}

function unfit(facts: DataFacts, target: string, template: string): HostError {
  const name = path.basename(facts.path);
  if (facts.kind === "table" && templatesFor(facts, target).length === 0)
    return new HostError(
      vscode.l10n.t('The column "{0}" of {1} cannot be predicted.', target, name),
      vscode.l10n.t("Choose a number, or a text with few different values."),
    );
  return new HostError(vscode.l10n.t('The template "{0}" does not fit {1}.', template, name));
}
