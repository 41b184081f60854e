/** Translations: the host writes its bundle into the page, a standalone file has none and speaks English. */
import * as l10n from "@vscode/l10n";

const bundle = typeof document === "undefined" ? null : document.getElementById("l10n");
if (bundle?.textContent) l10n.config({ contents: bundle.textContent });

/** The translation of an English text; `{0}` and `{name}` stand for arguments. */
export const t = l10n.t;

/** Sentences one after the other, with a space between them where the language has one. */
export function sentences(...parts: readonly string[]): string {
  return parts.reduce((before, next) => t("{0} {1}", before, next));
}
