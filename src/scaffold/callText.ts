/** Calls and values as a person writes them in a recipe. */
import path from "node:path";
import type { LoadOption } from "../protocol/dataFacts";

/** Longer lines are broken. */
const WIDTH = 110;

/**
 * `loader("../x.csv", { target: "y" })`.
 *
 * @param files absolute. @param folder the recipe's, absolute.
 */
export function call(
  name: string,
  files: readonly string[],
  options: Readonly<Record<string, LoadOption>>,
  folder: string,
): string {
  const paths = files.map((file) => JSON.stringify(relativeTo(folder, file)));
  const fields = Object.entries(options).map(([key, value]) => `${keyText(key)}: ${valueText(value, folder)}`);
  if (fields.length === 0) return `${name}(${paths.join(", ")})`;
  const line = `${name}(${[...paths, `{ ${fields.join(", ")} }`].join(", ")})`;
  if (line.length <= WIDTH) return line;
  const object = `{\n${fields.map((field) => `    ${field},\n`).join("")}  }`;
  return `${name}(${[...paths, object].join(", ")})`;
}

/** With forward slashes, so that the folder can move to another machine; absolute where there is no way from here. */
function relativeTo(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  const slashed = relative.split(path.sep).join("/");
  if (path.isAbsolute(relative)) return slashed;
  if (slashed === "") return ".";
  return slashed.startsWith("..") ? slashed : `./${slashed}`;
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function valueText(value: LoadOption, folder: string): string {
  if (Array.isArray(value)) return `[${value.map((each) => valueText(each, folder)).join(", ")}]`;
  if (typeof value !== "object") return numberText(value) ?? JSON.stringify(value);
  if (typeof value["file"] === "string") return JSON.stringify(relativeTo(folder, value["file"]));
  const fields = Object.entries(value).map(([key, each]) => `${keyText(key)}: ${valueText(each, folder)}`);
  return `{ ${fields.join(", ")} }`;
}

/** 1 / 255 is read more easily than 0.00392156862745098. */
function numberText(value: LoadOption): string | undefined {
  if (typeof value !== "number" || value === 0 || Number.isInteger(value)) return undefined;
  const inverse = 1 / value;
  const whole = Math.round(inverse);
  return Math.abs(inverse - whole) < 1e-9 * whole ? `1 / ${whole}` : undefined;
}
