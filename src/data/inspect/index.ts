/** Looks at a file or folder and says what it holds and how a recipe loads it. */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { DataFacts } from "../../protocol/dataFacts";
import { DataError } from "../dataError";
import { unreadable } from "../recipeFolder";
import { inspectIdx, inspectNpy, inspectNpz, isIdx } from "./arrays";
import { inspectPictures } from "./pictures";
import { inspectTable } from "./table";

const TABLE = /\.(csv|tsv|tab|txt|data)$/i;
const PICTURE = /\.(png|jpe?g|webp|gif|bmp|tiff?)$/i;

/** Files that people have, none of which is read: what to do with them. */
const ADVICE: readonly [RegExp, string][] = [
  [/\.(xlsx?|ods|numbers)$/i, "Save the sheet as CSV."],
  [/\.(parquet|feather|arrow)$/i, "Write it as CSV: pandas.read_parquet(file).to_csv(…)."],
  [/\.(h5|hdf5|mat|pt|pth)$/i, "Save its arrays with numpy.savez(file, x=…, y=…)."],
  [/\.(pkl|pickle|joblib)$/i, "A pickle is a program and is never opened: save numpy.savez(file, x=…, y=…)."],
  [/\.(jsonl?|xml|sqlite|db)$/i, "Write it as CSV, a row an example."],
  [/\.(zip|tar|tgz|7z|rar)$/i, "Unpack it, and give the folder or file in it."],
];

/**
 * What the data holds: a table with its columns, or examples with their shape and classes. Nothing is written.
 *
 * @param given path of a table, of NumPy's or IDX files, or of a folder of pictures, a folder a class.
 * @throws DataError that says what it is, and what to do with it.
 */
export async function inspectData(given: string): Promise<DataFacts> {
  const file = path.resolve(given);
  if (isFolder(file)) return await inspectFolder(file);
  const name = path.basename(file);
  const read = readerOf(name);
  if (read) return read(file);
  if (PICTURE.test(name)) {
    throw new DataError(`${name} is one picture.`, "Give the folder that has a folder of pictures for each class.");
  }
  const [, advice] = ADVICE.find(([ending]) => ending.test(name)) ?? [undefined, undefined];
  throw new DataError(
    `${name} is no data that can be read: CSV, TSV, npz, npy, IDX, or a folder of pictures for each class.`,
    advice ?? "If it is a table, save it as CSV.",
  );
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch (error) {
    throw unreadable(file, error);
  }
}

function readerOf(name: string): ((file: string) => DataFacts) | undefined {
  if (/\.shap\.npz$/i.test(name)) {
    throw new DataError(`${name} is an explanation, and no data to learn from.`, "Open it to see its plots.");
  }
  if (/\.npz$/i.test(name)) return inspectNpz;
  if (/\.npy$/i.test(name)) return inspectNpy;
  if (isIdx(name)) return (file) => inspectIdx(path.dirname(file), file);
  if (TABLE.test(name)) return inspectTable;
  return undefined;
}

/** Folders of pictures, or the one thing in it that can be read. */
async function inspectFolder(folder: string): Promise<DataFacts> {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  if (files.some(isIdx)) return inspectIdx(folder);
  const readable = files.filter((name) => /\.(csv|tsv|npz|npy)$/i.test(name) && !/\.shap\.npz$/i.test(name));
  if (entries.some((entry) => entry.isDirectory()) && readable.length === 0) return await inspectPictures(folder);
  const arrays = readable.find((name) => /^(x|images|data|features|inputs)(_train)?\.npy$/i.test(name));
  if (arrays !== undefined) return inspectNpy(path.join(folder, arrays));
  if (readable.length === 1) return await inspectData(path.join(folder, readable[0]));
  if (files.some((name) => PICTURE.test(name))) {
    throw new DataError(
      `${folder} has pictures, and no folder for each class.`,
      "Put the pictures of each class into a folder named like the class.",
    );
  }
  throw new DataError(
    readable.length === 0
      ? `${folder} has nothing that can be read.`
      : `${folder} has ${readable.length} files of data: ${readable.slice(0, 5).join(", ")}.`,
    readable.length === 0
      ? "Give a folder with a folder of PNG, JPEG or WebP files for each class, or a CSV, npz or IDX file."
      : "Give one of them.",
  );
}
