/** A recipe's augmentation at work on its own pictures, as often as strengths and seed are changed. */
import * as tf from "@tensorflow/tfjs-core";
import { type Augmentation, stepsOf } from "../../data/augment/augmentation";
import { batchDraws } from "../../data/augment/draws";
import { type Inputs, takeRows } from "../../data/inputs";
import type { Split, TrainingData } from "../../data/trainingData";
import type { NdArray } from "../../protocol/ndArray";
import type { Preview, PreviewPicture, PreviewRequest } from "../../protocol/preview";
import { UserError } from "../errors";
import { applyOverrides } from "../hyperparameters";
import { pictureGrid } from "../plot/pictureGrid";
import { shuffledOrder } from "../random";
import type { Recipe } from "../recipe";
import { attempt, augmented, describeAugmentation } from "../training/augmented";
import { Examples, readTrainingData } from "../training/examples";
import { readExamples } from "../training/exampleSets";
import { findStrengths, readsOf } from "./strengths";

/** Examples that are shown, and variants of each. */
const EXAMPLES = 6;
export const VARIANTS = 5;

/** Pictures of [n, height, width, 1 or 3], in their own range of values, with their targets. */
interface Shown {
  x: NdArray;
  y: NdArray;
}

export class PreviewSession {
  /** The recipe's hyperparameters as they were. */
  private readonly own: Recipe["hyperparameters"];

  private constructor(
    private readonly recipe: Recipe,
    private readonly split: Split,
    private readonly classNames: readonly string[] | undefined,
  ) {
    this.own = { ...recipe.hyperparameters };
  }

  /** @throws UserError where the recipe has no augmentation, or its examples are no pictures. */
  static async open(recipe: Recipe): Promise<PreviewSession> {
    if (!recipe.augments) {
      throw new UserError(
        `The recipe ${recipe.name} exports no augment().`,
        "Write: export function augment() { return compose(randomFlip(), …); } with functions of trainlens/data.",
      );
    }
    const data = await readTrainingData(await recipe.data());
    const shape = data.train.x.shape.slice(1);
    if (shape.length !== 3 || (shape[2] !== 1 && shape[2] !== 3)) {
      throw new UserError(
        `Only pictures of shape [height, width, 1 or 3] can be shown; the recipe's examples have the shape [${shape.join(", ")}].`,
        "If they are pictures, give them that shape in data().",
      );
    }
    return new PreviewSession(recipe, await someOf(data), data.classNames);
  }

  /** @throws UserError for a strength that the augmentation cannot take. */
  async show({ set, seed }: PreviewRequest): Promise<Preview> {
    const { recipe } = this;
    Object.assign(recipe.hyperparameters, this.own);
    applyOverrides(
      recipe.hyperparameters,
      Object.entries(set).map(([name, value]) => `${name}=${value}`),
    );
    const { read, augment } = await readsOf(recipe);
    const original = { x: this.split.x, y: this.split.y };
    const variants: Shown[] = [];
    for (let k = 1; augment && k <= VARIANTS; k++) variants.push(await this.variant(augment, seed, k));
    const range = rangeOf(original.x.data);
    const picture = ({ x, y }: Shown, row: number): PreviewPicture => ({
      png: Buffer.from(pictureGrid(scaled(x, row, range)).png).toString("base64"),
      label: this.label(y, row),
    });
    const [count, height, width] = original.x.shape;
    return {
      type: "preview",
      seed,
      steps: augment ? describeAugmentation(augment) : [],
      strengths: await findStrengths(recipe, read, augment ? stepsOf(augment) : []),
      height,
      width,
      examples: Array.from({ length: count }, (_, row) => ({
        original: picture(original, row),
        augmented: variants.map((variant) => picture(variant, row)),
      })),
    };
  }

  /** Originals and variants row by row, 0 to 1, as `pictureGrid` takes them. */
  async grid(seed: number): Promise<NdArray> {
    const { augment } = await readsOf(this.recipe);
    if (!augment) throw new UserError(`augment() of ${this.recipe.name} returns nothing with these hyperparameters.`);
    const shown: Shown[] = [this.split];
    for (let k = 1; k <= VARIANTS; k++) shown.push(await this.variant(augment, seed, k));
    const range = rangeOf(this.split.x.data);
    const [count, ...shape] = this.split.x.shape;
    const pictures = Array.from({ length: count }, (_, row) => shown.map(({ x }) => scaled(x, row, range).data)).flat();
    const data = new Float32Array(pictures.length * pictures[0].length);
    pictures.forEach((picture, i) => data.set(picture, i * picture.length));
    return { data, shape: [pictures.length, ...shape] };
  }

  /** As the batch of epoch `k` of a run with this seed would be. */
  private async variant(augment: Augmentation, seed: number, k: number): Promise<Shown> {
    const examples = new Examples(this.split);
    const batch = examples.slice(0, examples.count);
    examples.dispose();
    const made = attempt(() => augmented(augment, batch, batchDraws(seed, k, 1)), batch);
    const read = async (tensor: tf.Tensor): Promise<NdArray> => ({
      data: Float32Array.from(await tensor.data()),
      shape: tensor.shape,
    });
    const shown = { x: await read(made.x), y: await read(made.y) };
    tf.dispose([made.x, made.y]);
    if (String(shown.x.shape) !== String(this.split.x.shape)) {
      throw new UserError(
        `augment() turns pictures of shape [${this.split.x.shape.slice(1).join(", ")}] into [${shown.x.shape.slice(1).join(", ")}].`,
        "An augmentation keeps the shapes of its batch.",
      );
    }
    return shown;
  }

  /** The class of a one-hot row; of a blend, its shares. */
  private label({ data, shape }: NdArray, row: number): string {
    const names = this.classNames;
    const width = data.length / shape[0];
    if (!names || names.length !== width) return "";
    const shares = Array.from(data.subarray(row * width, (row + 1) * width));
    return names
      .map((name, k) => ({ name, share: shares[k] }))
      .filter(({ share }) => share > 0.005)
      .map(({ name, share }) => (share > 0.995 ? name : `${name} ${Math.round(100 * share)} %`))
      .join(", ");
  }
}

/** A few rows of the training data: any, as sets may be sorted by class. */
async function someOf({ train }: TrainingData<Inputs>): Promise<Split> {
  const rows = Array.from(shuffledOrder(train.x.shape[0], 0, 1).subarray(0, EXAMPLES));
  return { x: await readExamples(train.x, rows), y: takeRows(train.y, rows) };
}

/** What is black and what is white: 0 and 1 or 255 where values lie within, else the values' own range. */
function rangeOf(values: Float32Array): [number, number] {
  const least = values.reduce((a, b) => Math.min(a, b), 0);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return [least, most <= 1 ? 1 : Math.max(most, 255)];
}

function scaled({ data, shape }: NdArray, row: number, [black, white]: [number, number]): NdArray {
  const width = data.length / shape[0];
  const values = data.subarray(row * width, (row + 1) * width).map((value) => (value - black) / (white - black));
  return { data: values, shape: [1, ...shape.slice(1)] };
}
