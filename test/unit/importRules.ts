/** Which way imports may point (ARCHITECTURE.md), checked against what esbuild says went into a bundle. */

/** The part of esbuild's metafile that matters here. */
export interface Metafile {
  inputs: Record<string, { imports: { path: string; external?: boolean }[] }>;
}

/** A part of the program: files whose path begins so. */
interface Part {
  path: string;
  /** Parts that it may import besides itself and the protocol. */
  parts: string[];
  /** Packages that it may import; any where this is left out. */
  packages?: RegExp;
  /** Whether it may import Node's own modules. */
  node: boolean;
}

const HOST_SIDE = ["src/commands", "src/panels", "src/runs", "src/host", "src/scaffold"];

/** The first part whose path fits a file is that file's. */
const PARTS: readonly Part[] = [
  { path: "src/protocol/", parts: [], packages: /^valibot$/, node: false },
  { path: "src/npz/", parts: [], packages: /^fflate$/, node: false },
  { path: "src/shap/", parts: [], packages: /^(@tensorflow\/tfjs-(core|layers)|seedrandom)$/, node: false },
  {
    path: "src/keras/",
    parts: [],
    packages: /^(@tensorflow\/tfjs-(core|layers)|valibot|fflate|h5wasm)$/,
    node: false,
  },
  { path: "src/processes/", parts: [], packages: /^$/, node: true },
  { path: "src/runFolder/", parts: ["src/processes"], packages: /^$/, node: true },
  {
    path: "src/data/augment/",
    parts: [],
    packages: /^(@tensorflow\/tfjs-core|seedrandom|d3-random)$/,
    node: false,
  },
  { path: "src/data/", parts: ["src/npz"], packages: /^(seedrandom|@jsquash\/(png|jpeg|webp))$/, node: true },
  {
    path: "src/models/",
    parts: ["src/data", "src/keras"],
    packages: /^(@tensorflow\/tfjs-(core|layers)|valibot|seedrandom|ml-(cart|random-forest))$/,
    node: true,
  },
  { path: "src/scaffold/", parts: ["src/data"], packages: /^sucrase$/, node: true },
  { path: "src/host/", parts: [], packages: /^(vscode|valibot)$/, node: true },
  { path: "src/runs/", parts: ["src/host", "src/runFolder", "src/processes"], packages: /^vscode$/, node: true },
  { path: "src/panels/", parts: ["src/runs", "src/host", "src/runFolder", "src/npz"], node: true },
  { path: "src/commands/", parts: ["src/panels", "src/runs", "src/scaffold", "src/host"], node: true },
  { path: "src/commands.ts", parts: HOST_SIDE, packages: /^vscode$/, node: true },
  { path: "src/extension.ts", parts: [...HOST_SIDE, "src/commands.ts"], packages: /^vscode$/, node: true },
  { path: "src/runner/plot", parts: ["src/npz", "src/runner", "webview/plots", "webview/theme.ts"], node: true },
  {
    path: "src/runner/",
    parts: [
      "src/shap",
      "src/keras",
      "src/data",
      "src/models",
      "src/scaffold",
      "src/npz",
      "src/runFolder",
      "src/processes",
    ],
    node: true,
  },
  { path: "webview/plots/", parts: ["webview/l10n.ts", "webview/theme.ts"], node: false },
  { path: "webview/", parts: [], node: false },
];

/** What no file of a bundle may import, itself or in a package. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  extension: /^(@tensorflow\/|@resvg\/|sucrase$|preact|webgpu$)/,
  trainlens: /^(vscode|@vscode\/webview-ui-toolkit)$/,
  webgpu: /^(vscode|webgpu|@tensorflow\/tfjs(-layers|-data|-converter)?)$/,
  stripTypes: /^(vscode|@tensorflow\/.*)$/,
  h5wasm: /^(vscode|@tensorflow\/.*)$/,
  wasmThread: /^(vscode|@tensorflow\/.*|valibot)$/,
  recipeHooks: /^(vscode|@tensorflow\/.*)$/,
  "training-explanation-doctor-sweep-augmentation-standalone": /^(vscode|@tensorflow\/.*|node:.*)$/,
};

/** The only file that may import a package. */
const ONLY: Readonly<Record<string, string>> = {
  "@vscode/webview-ui-toolkit": "webview/toolkit.ts",
  commander: "src/runner/",
};

export const BUNDLES = Object.keys(FORBIDDEN);

/**
 * The imports of a bundle that the rules forbid, as "file imports what".
 *
 * @param bundle its name in BUNDLES.
 */
export function violations(bundle: string, { inputs }: Metafile): string[] {
  const forbidden = FORBIDDEN[bundle];
  if (!forbidden) throw new Error(`There are no rules for the bundle ${bundle}: add them to test/unit/importRules.ts`);
  return Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports
      .map(({ path }) => target(path))
      .filter((imported) => imported !== undefined)
      .filter((imported) => breaksBundle(forbidden, imported) || breaksPart(file, imported))
      .map((imported) => `${file} imports ${imported.name}`),
  );
}

interface Target {
  kind: "file" | "package" | "node";
  /** A path from the root, a package's name, or "node:…". */
  name: string;
}

/** undefined for what esbuild adds itself. */
function target(path: string): Target | undefined {
  if (path.startsWith("<") || path.startsWith("(disabled)")) return undefined;
  if (path.startsWith("node:")) return { kind: "node", name: path };
  const packaged = /(?:^|\/)node_modules\/(@[^/]+\/[^/]+|[^/]+)(?!.*node_modules\/)/.exec(path)?.[1];
  if (packaged !== undefined) return { kind: "package", name: packaged };
  if (/^(src|webview)\//.test(path)) return { kind: "file", name: path };
  if (path.startsWith(".")) return undefined;
  return { kind: "package", name: path };
}

function breaksBundle(forbidden: RegExp, { kind, name }: Target): boolean {
  return kind !== "file" && forbidden.test(name);
}

function breaksPart(file: string, imported: Target): boolean {
  if (!/^(src|webview)\//.test(file)) return false;
  const part = PARTS.find(({ path }) => file.startsWith(path));
  if (!part) return true;
  if (imported.kind === "node") return !part.node;
  if (imported.kind === "package") {
    const only = ONLY[imported.name];
    if (only !== undefined && !file.startsWith(only)) return true;
    return part.packages !== undefined && !part.packages.test(imported.name);
  }
  const allowed = [part.path, "src/protocol/", ...part.parts];
  return !allowed.some((path) => imported.name.startsWith(path));
}
