/** Files of trained trees: which kind a text is, and its trees. They are data from elsewhere, and checked as such. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { TreeEnsemble } from "../../../shap";
import { UserError } from "../../errors";
import { fileSystemError } from "../../fileSystemError";
import { isLightGbm, parseLightGbm } from "./lightGbm";
import { isTreeArrays, parseTreeArrays } from "./treeArrays";
import { TreeFileError } from "./treeFileError";
import { isUbjson, parseUbjson } from "./ubjson";
import { isXgBoost, parseXgBoost } from "./xgBoost";

export type TreeFileKind = "XGBoost" | "LightGBM" | "tree arrays";

/** @throws UserError where it cannot be read, or holds no trees that can be explained. */
export async function readTreeFile(file: string): Promise<{ kind: TreeFileKind; ensemble: TreeEnsemble }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw fileSystemError(error, `${file} cannot be read`);
  }
  try {
    return parseTreeBytes(bytes);
  } catch (error) {
    if (!(error instanceof TreeFileError || error instanceof RangeError)) throw error;
    throw new UserError(
      `The trees in ${path.basename(file)} cannot be explained: ${error.message}`,
      "Give a model that XGBoost saved as .json or .ubj, or LightGBM as .txt, or arrays of trees as the README shows.",
      { cause: error },
    );
  }
}

/** Whether a JSON value is one of the tree files rather than a layers model. */
export function isTreeJson(value: unknown): boolean {
  return isXgBoost(value) || isTreeArrays(value);
}

/** Text, or XGBoost's UBJSON. @throws TreeFileError */
export function parseTreeBytes(bytes: Uint8Array): { kind: TreeFileKind; ensemble: TreeEnsemble } {
  if (!isUbjson(bytes)) return parseTreeFile(new TextDecoder().decode(bytes));
  const value = parseUbjson(bytes);
  if (isXgBoost(value)) return { kind: "XGBoost", ensemble: parseXgBoost(value) };
  throw new TreeFileError('it is UBJSON without "learner" (XGBoost).');
}

/** @throws TreeFileError */
export function parseTreeFile(text: string): { kind: TreeFileKind; ensemble: TreeEnsemble } {
  if (isLightGbm(text)) return { kind: "LightGBM", ensemble: parseLightGbm(text) };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TreeFileError("it is neither JSON, UBJSON nor LightGBM's text.", { cause: error });
  }
  if (isXgBoost(value)) return { kind: "XGBoost", ensemble: parseXgBoost(value) };
  if (isTreeArrays(value)) return { kind: "tree arrays", ensemble: parseTreeArrays(value) };
  throw new TreeFileError('it is JSON without "learner" (XGBoost) or "trees".');
}
