/** A page of its own: the data is in the page, the browser saves files and holds the clipboard. */
import { outputValue } from "../src/protocol/explanation";
import type { ExplanationHeader } from "../src/protocol/explanationMessages";
import { DEFAULT_CHOICES } from "./explanation/choices";
import "./controls/base.css";
import "./explanation/explanation.css";
import "./explanation/standalone.css";
import { mountExplanation } from "./explanation/mount";
import { type Exporter, rememberSlices } from "./explanation/source";
import { DATA_ELEMENT } from "./plots/htmlDocument";
import { type PackedExplanation, unpackSlices } from "./plots/packed";
import "./toolkit";

const MEDIA_TYPES = { svg: "image/svg+xml", png: "image/png", html: "text/html" } as const;

/** Follows the reader's system: VS Code's class names and variables stand in standalone.css. */
function followSystemTheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const contrast = matchMedia("(prefers-contrast: more)");
  const apply = (): void => {
    const kind = contrast.matches
      ? dark.matches
        ? "vscode-high-contrast"
        : "vscode-high-contrast-light"
      : dark.matches
        ? "vscode-dark"
        : "vscode-light";
    document.body.className = `trainlens trainlens-explanation ${kind}`;
    document.body.dataset.vscodeThemeKind = kind;
  };
  apply();
  dark.addEventListener("change", apply);
  contrast.addEventListener("change", apply);
}

const exporter: Exporter = {
  save: (format, suggestedName, content) => {
    const part = typeof content === "string" ? content : Uint8Array.from(content);
    const url = URL.createObjectURL(new Blob([part], { type: MEDIA_TYPES[format] }));
    const link = document.createElement("a");
    link.href = url;
    link.download = suggestedName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  },
  copy: (text) => navigator.clipboard.writeText(text),
  viewer: () =>
    Promise.resolve({
      script: Array.from(document.scripts).at(-1)?.textContent ?? "",
      style: document.querySelector("style")?.textContent ?? "",
    }),
};

followSystemTheme();
const packed = JSON.parse(document.getElementById(DATA_ELEMENT)?.textContent ?? "{}") as PackedExplanation;
const slices = unpackSlices(packed);
const { outputs } = packed.header;
const outputValues = new Float32Array(packed.header.samples * outputs).fill(Number.NaN);
slices.forEach((slice, k) => {
  slice.rows.forEach((row, n) => (outputValues[row * outputs + k] = outputValue(slice, n)));
});
const header: ExplanationHeader = { ...packed.header, outputValues };
const omitted = header.samples - packed.rows.length;
const { view, outputIndex, sample } = packed.opening;

mountExplanation(
  document.getElementById("app") ?? document.body,
  { header, slice: rememberSlices((k) => Promise.resolve({ slice: slices[k], omitted })) },
  {
    exporter,
    choices: { ...DEFAULT_CHOICES, view, outputIndex, sample: sample ?? packed.rows[0] ?? 0 },
    onChoices: () => undefined,
  },
);
