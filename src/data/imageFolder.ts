/** Folders of pictures, a folder a class. */
import { type Dirent, readdirSync } from "node:fs";
import path from "node:path";
import { DataError } from "./dataError";
import { type Source, fromExampleSource, fromSources } from "./examples";
import { PictureError, type PictureDecoder, pictureDecoder } from "./images/decode";
import { resized } from "./images/resize";
import type { ExampleSource } from "./inputs";
import { pictureSource } from "./pictureSource";
import { type OnBroken, Problems } from "./problems";
import { readDataFile, resolveDataPath, unreadable } from "./recipeFolder";
import type { SplitOptions } from "./splits";
import { type Targets, inOrder, readTargets } from "./targets";
import type { TrainingData } from "./trainingData";

export interface ImageFolderOptions {
  /** What every picture is brought to, pixels. Its sides are stretched where it has others. */
  size: readonly [height: number, width: number];
  /** 3 for colours (the default), 1 for grey. */
  channels?: 1 | 3;
  /** Pictures that cannot be read: "refuse" (the default) or "skip". */
  onBroken?: OnBroken;
  /** Shares and seed of the splits that have no folder of their own. */
  split?: SplitOptions;
}

const PICTURE = /\.(png|jpe?g|webp)$/i;
/** Pictures too, but none that is read: to be told of, unlike a text that lies beside. */
const OTHER_PICTURE = /\.(gif|bmp|tiff?|avif|heic|jxl|svg)$/i;

/** Folders that are splits and no classes. */
const SPLIT_FOLDERS: Record<string, "train" | "validation" | "test"> = {
  train: "train",
  validation: "validation",
  val: "validation",
  valid: "validation",
  test: "test",
};

/** More than this, and a picture set does not fit the memory that a run has, bytes. */
const MOST_BYTES = 2 ** 31;

export interface Picture {
  file: string;
  class: string;
}

/**
 * PNG, JPEG and WebP files as training data: x [pictures, height, width, channels], 0 to 1; y one-hot, a class for each folder.
 * Folders `train`, and `validation` or `test`, with the classes in them, are the splits.
 *
 * With `lazy: true` the pictures are decoded batch by batch, anew in each epoch: for sets larger than memory. A broken one then
 * ends the run that meets it; with `onBroken: "skip"` all are tried once, before training, and the broken ones left out.
 *
 * @param folder relative to the recipe.
 * @throws DataError that names the pictures that cannot be read.
 */
export function imageFolder(
  folder: string | URL,
  options: ImageFolderOptions & { lazy: true },
): Promise<TrainingData<ExampleSource>>;
export function imageFolder(
  folder: string | URL,
  options: ImageFolderOptions & { lazy?: false },
): Promise<TrainingData>;
export async function imageFolder(
  folder: string | URL,
  options: ImageFolderOptions & { lazy?: boolean },
): Promise<TrainingData | TrainingData<ExampleSource>> {
  const root = resolveDataPath(folder);
  const name = path.basename(root);
  const { size, channels = 3, onBroken = "refuse", split } = options;
  if (!size.every((side) => Number.isInteger(side) && side > 0)) {
    throw new DataError(
      `The size of the pictures is [${size.join(", ")}].`,
      "Give height and width in pixels: size: [64, 64].",
    );
  }
  const problems = new Problems(name, "pictures", onBroken);
  const splits = findSplits(root, problems);
  const decoder = pictureDecoder();
  if (options.lazy === true) return lazily(splits, { root, name, size, channels, decoder, problems, split });
  const { train, validation, test } = splits;
  const count = train.length + (validation?.length ?? 0) + (test?.length ?? 0);
  const bytes = count * size[0] * size[1] * channels * 4;
  if (bytes > MOST_BYTES) {
    throw new DataError(
      `${count} pictures of [${size.join(", ")}, ${channels}] take ${(bytes / 2 ** 30).toFixed(1)} GiB; 2 are read at most.`,
      "Read them batch by batch (lazy: true), or make them smaller (size), grey (channels: 1), or fewer.",
    );
  }
  const read = (pictures: readonly Picture[]): Promise<Pictures> =>
    readPictures(pictures, decoder, size, channels, root, problems);
  const parts = {
    train: await read(train),
    validation: validation && (await read(validation)),
    test: test && (await read(test)),
  };
  problems.check();
  const all = [parts.train, parts.validation, parts.test].filter((part) => part !== undefined);
  if (all.some(({ classes }) => classes.length === 0)) throw new DataError(`No picture in ${root} can be read.`);
  const targets = targetsOf(train, all.flatMap((part) => part.classes), name); // prettier-ignore
  return {
    ...fromSources(
      { train: parts.train.source, validation: parts.validation?.source, test: parts.test?.source },
      targets,
      name,
      split ? { split } : {},
    ),
    loading: problems.notes,
  };
}

/** @param classes one a picture. @throws DataError for a class that `train` has no folder for. */
function targetsOf(train: readonly Picture[], classes: readonly string[], name: string): Targets {
  const classNames = [...new Set(train.map((picture) => picture.class))].sort(inOrder);
  const unknown = classes.find((each) => !classNames.includes(each));
  if (unknown !== undefined)
    throw new DataError(
      `The class "${unknown}" of ${name} is in no folder of train.`,
      "Add pictures to learn it from.",
    );
  const numbers = classes.map((each) => classNames.indexOf(each));
  return readTargets(numbers, "class", `The class in ${name}`, { task: "classification", classNames });
}

interface LazyPictures {
  root: string;
  name: string;
  size: readonly [number, number];
  channels: 1 | 3;
  decoder: PictureDecoder;
  problems: Problems;
  split: SplitOptions | undefined;
}

async function lazily(found: Splits, lazy: LazyPictures): Promise<TrainingData<ExampleSource>> {
  const { root, name, size, channels, decoder, problems, split } = lazy;
  const usable = async (pictures: readonly Picture[]): Promise<Picture[]> => {
    if (!problems.skipped) return [...pictures];
    const tried: Picture[] = [];
    for (const picture of pictures) {
      const problem = await problemOf(picture, decoder);
      if (problem === undefined) tried.push(picture);
      else problems.add(`${path.relative(root, picture.file)} ${problem}`);
    }
    return tried;
  };
  const train = await usable(found.train);
  const validation = found.validation && (await usable(found.validation));
  const test = found.test && (await usable(found.test));
  problems.check();
  const all = [train, validation, test].flatMap((part) => part ?? []);
  if (train.length === 0) throw new DataError(`No picture in ${root} can be read.`);
  const targets = targetsOf(found.train, all.map((picture) => picture.class), name); // prettier-ignore
  const counts = { train: train.length, validation: validation?.length, test: test?.length };
  const source = pictureSource(all.map(({ file }) => file), root, decoder, size, channels); // prettier-ignore
  return { ...fromExampleSource(source, counts, targets, name, split ? { split } : {}), loading: problems.notes };
}

/** Why a picture cannot be read; undefined where it can. */
async function problemOf({ file }: Picture, decode: PictureDecoder): Promise<string | undefined> {
  try {
    await decode(readDataFile(file));
    return undefined;
  } catch (error) {
    if (error instanceof PictureError) return error.message;
    throw error;
  }
}

export interface Splits {
  train: Picture[];
  validation?: Picture[];
  test?: Picture[];
}

/**
 * The pictures of each split that the folder has.
 *
 * @throws DataError where there are no class folders with pictures.
 */
export function findSplits(root: string, problems: Problems): Splits {
  const folders = foldersIn(root);
  if (!folders.includes("train") || !folders.every((folder) => folder in SPLIT_FOLDERS)) {
    return { train: findPictures(root, folders, root, problems) };
  }
  const splits: Splits = { train: [] };
  for (const folder of folders) {
    const inside = path.join(root, folder);
    splits[SPLIT_FOLDERS[folder]] = findPictures(inside, foldersIn(inside), root, problems);
  }
  return splits;
}

function findPictures(folder: string, classes: readonly string[], root: string, problems: Problems): Picture[] {
  const pictures = classes.flatMap((name) =>
    filesIn(path.join(folder, name)).flatMap((file) => {
      if (OTHER_PICTURE.test(file))
        problems.add(`${path.relative(root, file)} is of no format that is read: PNG, JPEG, WebP`);
      return PICTURE.test(file) ? [{ file, class: name }] : [];
    }),
  );
  const empty = classes.find((name) => !pictures.some((picture) => picture.class === name));
  if (classes.length > 1 && empty === undefined) return pictures;
  throw new DataError(
    empty === undefined
      ? `${folder} has ${classes.length === 0 ? "no folders" : "one folder only"}.`
      : `The folder ${path.join(folder, empty)} has no pictures.`,
    "Give a folder with a folder of PNG, JPEG or WebP files for each class.",
  );
}

function foldersIn(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort(inOrder);
}

/** All files below a folder, in an order that is the same on every machine. */
function filesIn(folder: string): string[] {
  return entries(folder)
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => inOrder(a.name, b.name))
    .flatMap((entry) => {
      const inside = path.join(folder, entry.name);
      return entry.isDirectory() ? filesIn(inside) : [inside];
    });
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

interface Pictures {
  source: Source;
  /** One a picture. */
  classes: string[];
}

async function readPictures(
  pictures: readonly Picture[],
  decode: PictureDecoder,
  size: readonly [number, number],
  channels: 1 | 3,
  root: string,
  problems: Problems,
): Promise<Pictures> {
  const length = size[0] * size[1] * channels;
  const data = new Float32Array(pictures.length * length);
  const classes: string[] = [];
  for (const picture of pictures) {
    try {
      data.set(resized(await decode(readDataFile(picture.file)), size, channels), classes.length * length);
      classes.push(picture.class);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      problems.add(`${path.relative(root, picture.file)} ${error.message}`);
    }
  }
  return {
    source: { data: data.subarray(0, classes.length * length), shape: [classes.length, ...size, channels] },
    classes,
  };
}
