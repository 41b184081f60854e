/** What can be scaffolded. The files of each lie in templates/<id>: train.ts, train.py, requirements.txt. */

export const LANGUAGES = ["typescript", "javascript", "python"] as const;
export type RecipeLanguage = (typeof LANGUAGES)[number];

/** A file of this installation that the Python form reads from beside it. */
export interface PythonData {
  /** As `assetPath` takes it. */
  asset: string;
  /** Its name beside the script. */
  path: string;
}

export interface Template {
  id: string;
  /** In English; VS Code's own language is looked up by it. */
  title: string;
  description: string;
  languages: readonly RecipeLanguage[];
  pythonData?: readonly PythonData[];
}

/** Marks a text as one to translate: the list is the command line's too, which has no vscode. */
const t = (text: string): string => text;

const SCRIPTS = ["typescript", "javascript"] as const;

export const TEMPLATES = [
  {
    id: "digits",
    title: t("Handwritten digits"),
    description: t("A multilayer perceptron (784-128-10) on 10,000 real 28x28 images"),
    languages: SCRIPTS,
  },
  {
    id: "cnn",
    title: t("Convolutional network"),
    description: t("Two convolutions with pooling on handwritten digits as images, 28x28x1"),
    languages: SCRIPTS,
  },
  {
    id: "augmentation",
    title: t("Augmentation"),
    description: t("A convolutional network on 500 digits, turned, moved and scaled at random; with and without"),
    languages: SCRIPTS,
  },
  {
    id: "lstm",
    title: t("LSTM"),
    description: t("A classifier of sequences: the rows of a digit as time steps"),
    languages: SCRIPTS,
  },
] as const satisfies readonly Template[];

export type TemplateId = (typeof TEMPLATES)[number]["id"];

/** The template of this id. @throws RangeError where there is none. */
export function templateOf(id: string): Template {
  const found = (TEMPLATES as readonly Template[]).find((template) => template.id === id);
  if (!found) throw new RangeError(`There is no template "${id}".`);
  return found;
}
