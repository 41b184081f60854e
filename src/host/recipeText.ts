/** Tells a recipe by its text, without running it. */

const EXPORTS_CREATE_MODEL = [
  /^[ \t]*export\s+(?:async\s+)?(?:function|const|let|var)\s+createModel\b/m,
  /^[ \t]*export\s*\{[^}]*\bcreateModel\b[^}]*\}/m,
  /^[ \t]*(?:module\.)?exports\.createModel\s*=/m,
  /^[ \t]*module\.exports\s*=\s*\{[^}]*\bcreateModel\b/m,
];

const NAMES_TFJS = /["']@tensorflow\/tfjs(?:-[\w-]+)?["']/;

/** The extensions a recipe's file may have. */
export const RECIPE_FILE = /\.[cm]?[jt]s$/;

/** Whether a module exports `createModel` and imports TensorFlow.js. */
export function looksLikeRecipe(text: string): boolean {
  return NAMES_TFJS.test(text) && createModelOffset(text) !== undefined;
}

/** Where the export of `createModel` begins, in characters; undefined where there is none. */
export function createModelOffset(text: string): number | undefined {
  for (const pattern of EXPORTS_CREATE_MODEL) {
    const match = pattern.exec(text);
    if (match) return match.index;
  }
  return undefined;
}

/** Where the export of `augment` begins, in characters; undefined where there is none. */
export function augmentOffset(text: string): number | undefined {
  return /^[ \t]*export\s+(?:async\s+)?(?:function|const|let|var)\s+augment\b/m.exec(text)?.index;
}
