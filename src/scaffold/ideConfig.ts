/**
 * What an editor needs to know about a recipe in a folder without node_modules: where the types of
 * `@tensorflow/tfjs` and `trainlens/*` are. They lie in this installation, so the file that says where is
 * generated (`.trainlens/tsconfig.json`, not for version control) and the recipe's own configuration extends it.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { assetPath } from "../data/assets";

const GENERATED = ".trainlens/tsconfig.json";
const CONFIGS = ["tsconfig.json", "jsconfig.json"] as const;

/** The configuration beside a recipe. */
export function ideConfig(name: (typeof CONFIGS)[number]): { path: string; content: string } {
  const include = name === "tsconfig.json" ? ["**/*.ts"] : ["**/*.js"];
  return { path: name, content: JSON.stringify({ extends: `./${GENERATED}`, include }, null, 2) + "\n" };
}

/** Writes what the configuration beside a recipe extends, where there is such a configuration and it is not up to date. */
export async function writeTypeSupport(folder: string): Promise<void> {
  const wanted = await Promise.all(
    CONFIGS.map(async (name) => (await readFile(path.join(folder, name), "utf8").catch(() => "")).includes(GENERATED)),
  );
  if (!wanted.includes(true)) return;
  const types = assetPath("types");
  const content = JSON.stringify(
    {
      compilerOptions: {
        target: "es2022",
        lib: ["es2023", "dom"],
        module: "esnext",
        moduleResolution: "bundler",
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowJs: true,
        types: [],
        paths: {
          "@tensorflow/*": [path.join(types, "@tensorflow", "*")],
          "trainlens/data": [path.join(types, "trainlens", "data")],
          "trainlens/models": [path.join(types, "trainlens", "models")],
          "trainlens/shap": [path.join(types, "trainlens", "runner", "shapModule")],
        },
      },
    },
    null,
    2,
  );
  const file = path.join(folder, GENERATED);
  if (existsSync(file) && (await readFile(file, "utf8")) === content) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  const ignore = path.join(folder, ".trainlens", ".gitignore");
  if (!existsSync(ignore)) await writeFile(ignore, "*\n");
}
