/** Tells a recipe by its text, without running it. */

/** How a module may export a function of a name. */
function exportsOf(name: string): RegExp[] {
  return [
    new RegExp(String.raw`^[ \t]*export\s+(?:async\s+)?(?:function|const|let|var)\s+${name}\b`, "m"),
    new RegExp(String.raw`^[ \t]*export\s*\{[^}]*\b${name}\b[^}]*\}`, "m"),
    new RegExp(String.raw`^[ \t]*(?:module\.)?exports\.${name}\s*=`, "m"),
    new RegExp(String.raw`^[ \t]*module\.exports\s*=\s*\{[^}]*\b${name}\b`, "m"),
  ];
}

const EXPORTS = {
  createModel: exportsOf("createModel"),
  data: exportsOf("data"),
  augment: exportsOf("augment"),
};

/** What makes a model: TensorFlow.js, or trees of ours. */
const NAMES_MODELS = /["'](?:@tensorflow\/tfjs(?:-[\w-]+)?|trainlens\/models)["']/;

/** The extensions a recipe's file may have. */
export const RECIPE_FILE = /\.[cm]?[jt]s$/;

/** Whether a module exports `createModel` and imports what makes a model. */
export function looksLikeRecipe(text: string): boolean {
  return NAMES_MODELS.test(text) && exportOffset(text, "createModel") !== undefined;
}

/** Where the export of a function begins, in characters; undefined where there is none. */
export function exportOffset(text: string, name: keyof typeof EXPORTS): number | undefined {
  for (const pattern of EXPORTS[name]) {
    const match = pattern.exec(text);
    if (match) return match.index;
  }
  return undefined;
}
