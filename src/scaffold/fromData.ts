/** A recipe for data of the user's own: a template with its data, shapes and sizes filled in. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { assetPath } from "../data/assets";
import type { DataFacts, ExampleFacts, LearningTask, LoadOption, TableFacts } from "../protocol/dataFacts";
import { call } from "./callText";
import { ideConfig } from "./ideConfig";
import type { Scaffold } from "./index";
import type { RecipeLanguage, TemplateId } from "./templateList";

/** A recipe of data is a module: the Python templates bring data of their own. */
export type DataRecipeLanguage = Exclude<RecipeLanguage, "python">;

export interface DataRecipeAnswers {
  template: TemplateId;
  language: DataRecipeLanguage;
  /** The column to predict, of a table. */
  target?: string;
  /** Where the recipe goes, absolute: the data's path is written relative to it. */
  folder: string;
}

/** Two convolutions with pooling need so many pixels, MobileNetV2 so many. */
const CNN_LEAST = 10;
const TRANSFER_LEAST = 32;

/** The templates that fit, the likeliest first. @param target the column to predict, of a table. */
export function templatesFor(facts: DataFacts, target?: string): TemplateId[] {
  if (facts.kind === "table") {
    const tasks = tasksOf(facts, target ?? facts.target);
    return tasks.length > 0 ? [...tasks.map((task) => TABLE_TEMPLATES[task]), ...TREE_TEMPLATES] : [];
  }
  if (facts.task === "regression") return ["tabular-regressor"];
  const [height, width, channels] = facts.inputShape;
  if (facts.inputShape.length === 2) return ["lstm"];
  if (facts.inputShape.length !== 3) return ["tabular-classifier"];
  const least = Math.min(height, width);
  if (least < CNN_LEAST) return facts.load.loader === "imageFolder" ? [] : ["tabular-classifier"];
  const convolutional: TemplateId[] = ["cnn", "augmentation"];
  if (channels === 3 && least >= TRANSFER_LEAST) return ["transfer", ...convolutional];
  return channels === 1 ? [...convolutional, "lstm"] : convolutional;
}

const TABLE_TEMPLATES: Record<LearningTask, TemplateId> = {
  classification: "tabular-classifier",
  regression: "tabular-regressor",
};

const TREE_TEMPLATES: readonly TemplateId[] = ["decision-tree", "random-forest"];

const isOfTrees = (template: TemplateId): boolean => TREE_TEMPLATES.includes(template);

function tasksOf({ columns }: TableFacts, target: string): readonly LearningTask[] {
  return columns.find(({ name }) => name === target)?.tasks ?? [];
}

/**
 * The files of a recipe that trains on the data as it is.
 *
 * @throws RangeError for a template or a target that does not fit; ask `templatesFor` before.
 */
export async function recipeFromData(facts: DataFacts, answers: DataRecipeAnswers): Promise<Scaffold> {
  const { template, language, target } = answers;
  if (!templatesFor(facts, target).includes(template)) {
    throw new RangeError(`The template "${template}" does not fit ${path.basename(facts.path)}.`);
  }
  const source = await readFile(path.join(assetPath("templates"), template, "train.ts"), "utf8");
  const filled = fill(source, facts, answers);
  if (language === "typescript") return [{ path: "train.ts", content: filled }, ideConfig("tsconfig.json")];
  const { toJavaScript } = await import("./stripTypes");
  const content = toJavaScript(filled, "train.ts").replaceAll("train.ts", "train.js");
  return [{ path: "train.js", content }, ideConfig("jsconfig.json")];
}

type Edit = [place: RegExp, replacement: string];

function fill(source: string, facts: DataFacts, { template, target, folder }: DataRecipeAnswers): string {
  const { loader } = facts.load;
  const rows = facts.kind === "table" ? facts.rows : facts.examples;
  const waits = loader === "imageFolder";
  const returns = waits ? "Promise<TrainingData>" : "TrainingData";
  const weighted = !isOfTrees(template) && isImbalanced(facts, template, target);
  const load = call(loader, facts.load.files, loadOptions(facts, template, target), folder);
  const edits: Edit[] = [
    [/^\/\/ .*\n/, `// ${TITLES[template] ?? "A model"} on ${path.basename(facts.path)}.\n`],
    [/(?<=import \{[^}]*)\b(?:digits|emoji|csv)\b/, weighted ? `balancedClassWeights, ${loader}` : loader],
    [
      /(?:^\/\/ .*\n)+^export function data\(\)[^]*?^\}\n/m,
      describe(facts, template, target) +
        (weighted
          ? `// The classes differ in size: in the training loss an example of a small one counts for more.\n` +
            `export ${waits ? "async " : ""}function data(): ${returns} {\n  const loaded = ${waits ? "await " : ""}${load};\n` +
            `  return { ...loaded, classWeight: balancedClassWeights(loaded.train.y) };\n}\n`
          : `export function data(): ${returns} {\n  return ${load};\n}\n`),
    ],
    ...(isOfTrees(template) ? [] : [[/batchSize: \d+/, `batchSize: ${batchSizeFor(rows)}`] satisfies Edit]),
    ...(facts.kind === "examples" ? shapeEdits(facts, template) : []),
  ];
  return edits.reduce((text, [place, replacement]) => {
    if (!place.test(text)) throw new Error(`The template ${template} has no ${String(place)}.`);
    return text.replace(place, () => replacement);
  }, source);
}

const TITLES: Partial<Record<TemplateId, string>> = {
  "tabular-classifier": "A perceptron that tells classes apart,",
  "tabular-regressor": "A perceptron that predicts a quantity,",
  cnn: "A convolutional network",
  augmentation: "A convolutional network and augmentation",
  transfer: "Transfer learning: MobileNetV2, trained on ImageNet, with a new head,",
  lstm: "An LSTM",
  "decision-tree": "A decision tree",
  "random-forest": "A random forest",
};

function loadOptions(facts: DataFacts, template: TemplateId, target?: string): Record<string, LoadOption> {
  const { options } = facts.load;
  if (facts.kind === "examples") {
    // A perceptron takes rows of numbers.
    const flat = template.startsWith("tabular-") && facts.inputShape.length > 1;
    return flat ? { ...options, shape: [facts.inputShape.reduce((product, n) => product * n, 1)] } : options;
  }
  const { ignore = [], ...rest } = options;
  const chosen = target ?? facts.target;
  const [likely] = tasksOf(facts, chosen);
  // Trees learn what is likeliest.
  const task = isOfTrees(template) ? likely : template === TABLE_TEMPLATES.regression ? "regression" : "classification";
  const ignored = Array.isArray(ignore) ? ignore.filter((name) => name !== chosen) : [];
  return {
    target: chosen,
    ...(task === "regression" || likely !== task ? { task } : {}),
    ...(ignored.length > 0 ? { ignore: ignored } : {}),
    ...rest,
    ...(isOfTrees(template) ? { standardize: false } : {}),
  };
}

function shapeEdits({ inputShape, outputs }: ExampleFacts, template: TemplateId): Edit[] {
  const shape = `[${inputShape.join(", ")}]`;
  const units: Edit = [/units: (?:10|6)\b/, `units: ${outputs}`];
  switch (template) {
    case "lstm": {
      const sequence = `[${inputShape.slice(0, 2).join(", ")}]`;
      const reshape: Edit = [
        /targetShape: \[28, 28\], inputShape: \[28, 28, 1\]/,
        `targetShape: ${sequence}, inputShape: ${shape}`,
      ];
      const plain: Edit[] = [
        [/^ *tf\.layers\.reshape\(.*\n/m, ""],
        [/(?<=lstm\(\{ )/, `inputShape: ${shape}, `],
      ];
      return [[/^ *examples: .*\n/m, ""], ...(inputShape.length === 2 ? plain : [reshape]), units];
    }
    case "augmentation":
      return [
        [/^ *examples: .*\n/m, ""],
        [
          /^.*Flips are left out.*\n/m,
          "// What is done to training batches; validation and test images stay as they are.\n",
        ],
        [/const paper = \{.*\} as const/, `const paper = { fillMode: "reflect" } as const`],
        [/\[28, 28, 1\]/, shape],
        units,
      ];
    case "tabular-regressor":
      return [[/units: 1,/, `units: ${outputs},`]];
    case "tabular-classifier":
      return [];
    default:
      return [[/\[(?:28, 28, 1|64, 64, 3)\]/, shape], units];
  }
}

/** About 20 steps an epoch, within what a small set and a processor stand. */
function batchSizeFor(examples: number): number {
  const power = Math.round(Math.log2(Math.max(1, examples) / 20));
  return 2 ** Math.min(7, Math.max(3, power));
}

/** A class with so many times the examples of another is learned at that one's expense. */
const IMBALANCE = 3;

function isImbalanced(facts: DataFacts, template: TemplateId, target: string | undefined): boolean {
  if (facts.kind === "examples") {
    const counts = facts.classes.map(({ count }) => count);
    return counts.length > 1 && Math.max(...counts) >= IMBALANCE * Math.min(...counts);
  }
  const column = facts.columns.find(({ name }) => name === (target ?? facts.target));
  if (template === TABLE_TEMPLATES.regression || !column?.classSizes) return false;
  const [fewest, most] = column.classSizes;
  return most >= IMBALANCE * fewest;
}

/** Classes that a comment names. */
const NAMED = 8;

/** Comment lines that say what the data is. */
function describe(facts: DataFacts, template: TemplateId, target?: string): string {
  const name = path.basename(facts.path);
  if (facts.kind === "table") {
    const gaps = facts.columns.reduce((sum, { missing }) => sum + missing, 0);
    const lines = [
      `${name}: ${facts.rows} rows of ${facts.columns.length} columns. What is predicted is ${target ?? facts.target}.`,
      isOfTrees(template)
        ? "Numbers stay as they are, in which rules are read; categories become columns."
        : "Numbers are standardised and categories become columns, by the training rows alone.",
      ...(gaps > 0
        ? [`${gaps} values are missing: the median or the most frequent category stands in their place.`]
        : []),
      ...(facts.load.options["onBroken"] === "skip" ? ["Broken rows are counted and left out."] : []),
    ];
    return comments(lines);
  }
  const classes = facts.classes.slice(0, NAMED).map((each) => `${each.name} (${each.count})`);
  const more = facts.classes.length > NAMED ? `, and ${facts.classes.length - NAMED} more` : "";
  const lines = [
    `${name}: ${facts.examples} examples of shape [${facts.inputShape.join(", ")}].`,
    ...(classes.length > 0 ? [`Classes: ${classes.join(", ")}${more}.`] : []),
    ...(facts.load.loader === "imageFolder"
      ? ["Pictures are brought to this size; those that cannot be read are counted and left out."]
      : []),
  ];
  return comments(lines);
}

/** A name may hold line breaks, and a comment may not. */
function comments(lines: readonly string[]): string {
  return lines.map((line) => `// ${line.replace(/\s+/g, " ")}\n`).join("");
}
