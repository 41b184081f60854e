/** Where the files are that the build puts beside the bundles: wasm, fonts, data, templates. */
import { existsSync } from "node:fs";
import path from "node:path";

/**
 * Absolute path of a file or folder of dist/, such as "data/digits".
 *
 * Found beside the running bundle; a test's bundle lies elsewhere in the tree, so each parent's dist/ is tried too.
 *
 * @throws Error where the installation lacks it.
 */
export function assetPath(name: string): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    for (const candidate of [path.join(folder, name), path.join(folder, "dist", name)]) {
      if (existsSync(candidate)) return candidate;
    }
    if (folder === path.dirname(folder)) {
      throw new Error(`"${name}" is missing from this installation of TrainLens (looked upwards from ${__dirname}).`);
    }
  }
}
