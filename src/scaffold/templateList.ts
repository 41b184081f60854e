/** What can be scaffolded. Each template's train.ts and train.py lie in templates/<id>. */

export const LANGUAGES = ["typescript", "javascript", "python"] as const;
export type RecipeLanguage = (typeof LANGUAGES)[number];

/** A file of this installation that is written beside a recipe. */
export interface BesideFile {
  /** As `assetPath` takes it. */
  asset: string;
  /** Its name beside the recipe. */
  path: string;
}

/** A pretrained base of a template. */
export interface TemplateBase {
  id: string;
  title: string;
  description: string;
  /** The recipe in the template's folder, without its suffix; a Python script has one form. */
  recipe: string;
}

export interface Template {
  id: string;
  /** In English; VS Code's own language is looked up by it. */
  title: string;
  description: string;
  languages: readonly RecipeLanguage[];
  /** The bases that it can begin with, where there are several; the first is the default. */
  bases?: readonly TemplateBase[];
  /** The template whose data folder comes along, where it has none of its own. */
  dataOf?: string;
  /** What the Python form needs beside it: a script has no `trainlens/data`. */
  pythonFiles?: readonly BesideFile[];
}

/** Marks a text as one to translate: the list is the command line's too, which has no vscode. */
const t = (text: string): string => text;

const KERAS_ON_DIGITS = [
  { asset: "templates/python/keras.txt", path: "requirements.txt" },
  { asset: "data/digits/digits.bin.gz", path: "digits.bin.gz" },
  { asset: "data/digits/LICENSE.txt", path: "digits.LICENSE.txt" },
] as const;

/** A template's own table, beside a script that reads it by Keras. */
const kerasOnTable = (id: string, file: string): BesideFile[] => [
  { asset: "templates/python/table.txt", path: "requirements.txt" },
  ...[file, "LICENSE.txt"].map((name) => ({ asset: `templates/${id}/data/${name}`, path: `data/${name}` })),
];

export const TEMPLATES = [
  {
    id: "digits",
    title: t("Handwritten digits"),
    description: t("A multilayer perceptron (784-128-10) on 10,000 real 28x28 images"),
    languages: LANGUAGES,
    pythonFiles: KERAS_ON_DIGITS,
  },
  {
    id: "cnn",
    title: t("Convolutional network"),
    description: t("Two convolutions with pooling on handwritten digits as images, 28x28x1"),
    languages: LANGUAGES,
    pythonFiles: KERAS_ON_DIGITS,
  },
  {
    id: "augmentation",
    title: t("Augmentation"),
    description: t("A convolutional network on 500 digits, turned, moved and scaled at random; with and without"),
    languages: LANGUAGES,
    pythonFiles: KERAS_ON_DIGITS,
  },
  {
    id: "lstm",
    title: t("LSTM"),
    description: t("A classifier of sequences: the rows of a digit as time steps"),
    languages: LANGUAGES,
    pythonFiles: KERAS_ON_DIGITS,
  },
  {
    id: "tabular-classifier",
    title: t("Table: classes"),
    description: t("A CSV file with a class to predict: 569 tumours, benign or malignant, by 30 named measurements"),
    languages: LANGUAGES,
    pythonFiles: kerasOnTable("tabular-classifier", "breast-cancer.csv"),
  },
  {
    id: "tabular-regressor",
    title: t("Table: a quantity"),
    description: t("A CSV file with a number to predict: how diabetes went on in 442 patients, by ten measurements"),
    languages: LANGUAGES,
    pythonFiles: kerasOnTable("tabular-regressor", "diabetes.csv"),
  },
  {
    id: "decision-tree",
    title: t("Decision tree"),
    description: t("A tree on a table, with rules that can be read: tumours (in Python wines, by scikit-learn)"),
    languages: LANGUAGES,
    dataOf: "tabular-classifier",
    pythonFiles: [{ asset: "templates/python/tree.txt", path: "requirements.txt" }],
  },
  {
    id: "random-forest",
    title: t("Random forest"),
    description: t("Many trees on a table with a number to predict: how diabetes went on, by ten measurements"),
    languages: LANGUAGES,
    dataOf: "tabular-regressor",
    pythonFiles: [{ asset: "templates/python/tree.txt", path: "requirements.txt" }],
  },
  {
    id: "transfer",
    title: t("Transfer learning"),
    description: t("A frozen pretrained base, MobileNetV2 or VGG16, with a new head, then fine-tuned if you like"),
    languages: LANGUAGES,
    bases: [
      {
        id: "mobilenetv2",
        title: t("MobileNetV2"),
        description: t("Bundled, nothing is downloaded; pictures of 64x64x3"),
        recipe: "train",
      },
      {
        id: "vgg16",
        title: t("VGG16"),
        description: t("Downloads 58 MB once; pictures of 224x224x3"),
        recipe: "vgg16",
      },
    ],
    pythonFiles: KERAS_ON_DIGITS,
  },
  {
    id: "gan",
    title: t("GAN"),
    description: t("A DCGAN that makes pictures of a digit of which there are few; they grow in the Training panel"),
    languages: LANGUAGES,
    pythonFiles: KERAS_ON_DIGITS,
  },
  {
    id: "gan-classifier",
    title: t("Classifier with a GAN's pictures"),
    description: t("Digits, one of which is rare, with the pictures that a run of the GAN has made of it, and without"),
    languages: ["typescript", "javascript"],
  },
] as const satisfies readonly Template[];

export type TemplateId = (typeof TEMPLATES)[number]["id"];

/** The template of this id. @throws RangeError where there is none. */
export function templateOf(id: string): Template {
  const found = (TEMPLATES as readonly Template[]).find((template) => template.id === id);
  if (!found) throw new RangeError(`There is no template "${id}".`);
  return found;
}
