// Builds everything under dist/ (and, with --tests, out/). One bundle a process; what is no code is copied.
//   node esbuild.mjs [--production] [--watch] [--tests]
import { build, context } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

const flags = new Set(process.argv.slice(2));
const production = flags.has("--production");
const watch = flags.has("--watch");
const require = createRequire(import.meta.url);
const { version } = require("./package.json");

/** Native bindings are the user's to install; `vscode` exists only inside the extension host. */
const NEVER_BUNDLED = ["vscode", "@tensorflow/tfjs-node", "@tensorflow/tfjs-node-gpu", "webgpu"];

/**
 * `import bytes from "./x.as"`: AssemblyScript, compiled, as the bytes of a WebAssembly module. It has a memory of its own;
 * a file that begins with "// memory: imported" works on its importer's, which threads share.
 */
const assemblyScript = {
  name: "assemblyscript",
  setup(bundler) {
    bundler.onLoad({ filter: /\.as$/ }, async ({ path: file }) => {
      const { default: asc } = await import("assemblyscript/asc");
      const source = await readFile(file, "utf8");
      let contents;
      const { error, stderr } = await asc.main(
        [
          ...["x.ts", "--outFile", "x.wasm", "-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"],
          ...(source.startsWith("// memory: imported")
            ? [...["--importMemory", "--sharedMemory", "--maximumMemory", "65536"], ...["--enable", "threads"]]
            : []),
        ],
        {
          readFile: (name) => (name === "x.ts" ? source : null),
          writeFile: (name, bytes) => {
            if (name === "x.wasm") contents = bytes;
          },
          listFiles: () => [],
        },
      );
      if (error || !contents) return { errors: [{ text: `${file}: ${stderr.toString() || error?.message}` }] };
      return { contents, loader: "binary" };
    });
  },
};

const common = {
  plugins: [assemblyScript],
  bundle: true,
  sourcemap: production ? false : "linked",
  minify: production,
  keepNames: true,
  metafile: true,
  logLevel: "info",
  define: { TRAINLENS_VERSION: JSON.stringify(version) },
};

const node = {
  ...common,
  platform: "node",
  target: "node20",
  external: NEVER_BUNDLED,
  // tfjs's "main" files are bundles of their own: with them a deep import would bring a second copy of its core.
  mainFields: ["module", "main"],
};
const browser = {
  ...common,
  platform: "browser",
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".ttf": "dataurl" },
};

/**
 * A module that becomes a bundle of its own, loaded when it is wanted: sucrase when a JavaScript recipe is asked for, not
 * when a window opens; the WebGPU backend when there is a GPU.
 */
const apart = (module, file) => ({
  name: `${module} apart`,
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`^\\./${module}$`) }, () => ({ path: `./${file}`, external: true })),
});

/** HDF5 is 4 MB, most of it WebAssembly: it is loaded when there is such a file to read. */
const hdf5Apart = {
  name: "h5wasm apart",
  setup: ({ onResolve }) => onResolve({ filter: /^h5wasm$/ }, () => ({ path: "./h5wasm.mjs", external: true })),
};

const bundles = [
  {
    ...node,
    format: "cjs",
    entryPoints: { extension: "src/extension.ts" },
    outdir: "dist",
    plugins: [assemblyScript, apart("stripTypes", "stripTypes.js")],
  },
  { ...node, format: "cjs", entryPoints: { stripTypes: "src/scaffold/stripTypes.ts" }, outdir: "dist" },
  {
    ...node,
    format: "cjs",
    entryPoints: { trainlens: "src/runner/main.ts" },
    outdir: "dist",
    plugins: [assemblyScript, apart("webgpu/backend", "webgpu.js"), hdf5Apart],
    jsx: "automatic",
    jsxImportSource: "preact",
    banner: { js: "#!/usr/bin/env node" },
  },
  {
    ...node,
    format: "cjs",
    entryPoints: { webgpu: "src/runner/backends/webgpu/backend.ts" },
    outdir: "dist",
    alias: { "@tensorflow/tfjs-core": "./src/runner/backends/webgpu/sharedCore.cjs" },
  },
  {
    ...node,
    format: "esm",
    entryPoints: { h5wasm: "src/keras/h5wasm.ts" },
    outdir: "dist",
    // Its WebAssembly stands in a string of all characters up to 255.
    charset: "utf8",
    outExtension: { ".js": ".mjs" },
  },
  { ...node, format: "cjs", entryPoints: { wasmThread: "src/runner/backends/wasm/thread.ts" }, outdir: "dist" },
  {
    ...node,
    format: "esm",
    entryPoints: { recipeHooks: "src/runner/recipeHooks.ts" },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
  },
  {
    ...browser,
    entryPoints: {
      training: "webview/training.tsx",
      explanation: "webview/explanation.tsx",
      doctor: "webview/doctor.tsx",
      sweep: "webview/sweep.tsx",
      augmentation: "webview/augmentation.tsx",
      standalone: "webview/standalone.tsx",
    },
    outdir: "dist/webview",
  },
];

/** Files that the bundles read at run time: [from, to]. */
const assets = [
  ["node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm", "dist/wasm/tfjs-backend-wasm.wasm"],
  ["node_modules/@resvg/resvg-wasm/index_bg.wasm", "dist/resvg.wasm"],
  ["node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf", "dist/fonts/DejaVuSans.ttf"],
  ["node_modules/@vscode/codicons/dist/codicon.css", "dist/webview/codicon.css"],
  ["node_modules/@vscode/codicons/dist/codicon.ttf", "dist/webview/codicon.ttf"],
  ["src/scaffold/templates", "dist/templates"],
  ["node_modules/@jsquash/png/codec/pkg/squoosh_png_bg.wasm", "dist/images/squoosh_png_bg.wasm"],
  ["node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", "dist/images/mozjpeg_dec.wasm"],
  ["node_modules/@jsquash/webp/codec/dec/webp_dec.wasm", "dist/images/webp_dec.wasm"],
  ["node_modules/@jsquash/png/LICENSE", "dist/images/LICENSE.txt"],
  ...["png", "jpeg", "webp"].map((name) => [
    `node_modules/@jsquash/${name}/codec/LICENSE.codec.md`,
    `dist/images/LICENSE.${name}.md`,
  ]),
  ["node_modules/h5wasm/LICENSE.txt", "dist/LICENSE.h5wasm.txt"],
  ["src/data/digits", "dist/data/digits"],
  ["src/data/emoji", "dist/data/emoji"],
  ["src/models/mobileNetV2", "dist/models/mobileNetV2"],
];

async function copyAssets() {
  for (const [from, to] of assets) {
    await mkdir(path.dirname(to), { recursive: true });
    await cp(from, to, { recursive: true });
  }
}

/**
 * tfjs's SIMD module with a memory that threads may share: one flag of its memory's limits. The specification wants a
 * shared memory to have a maximum, which this one has.
 *
 * @see https://webassembly.github.io/threads/core/binary/types.html#limits
 */
async function copySharedMemoryModule() {
  const file = "tfjs-backend-wasm-simd.wasm";
  const bytes = await readFile(`node_modules/@tensorflow/tfjs-backend-wasm/dist/${file}`);
  const MEMORY_SECTION = 5;
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  for (;;) {
    if (at >= bytes.length) throw new Error(`${file} defines no memory`);
    const section = bytes[at++];
    const size = number();
    if (section === MEMORY_SECTION) break;
    at += size;
  }
  const memories = number();
  if (memories !== 1 || bytes[at] !== 1) throw new Error(`${file}: one memory with a maximum, not shared, is expected`);
  bytes[at] = 3;
  await mkdir("dist/wasm", { recursive: true });
  await writeFile(`dist/wasm/${file}`, bytes);
}

/** Packages whose declarations a recipe's editor needs in a folder without node_modules. */
const TYPED_PACKAGES = ["tfjs", "tfjs-core", "tfjs-layers", "tfjs-data", "tfjs-converter"];
/** Our own declarations that a recipe sees as `trainlens/data` and `trainlens/models`. */
const OWN_TYPES = [
  "data/index",
  "data/trainingData",
  "data/digits",
  ...[
    "csv",
    "dataError",
    "examples",
    "idx",
    "imageFolder",
    "numpy",
    "problems",
    "splits",
    "targets",
    "table/parse",
  ].map((name) => `data/${name}`),
  "data/ownStep",
  "data/emoji",
  ...["index", "mobileNetV2", "unfreezeTop", "vgg16"].map((name) => `models/${name}`),
  ...["decisionTree", "randomForest", "treeLearner"].map((name) => `models/trees/${name}`),
  ...["index", "augmentation", "draws", "images", "layers"].map((name) => `data/augment/${name}`),
  "protocol/ndArray",
  "protocol/treeNodes",
];

/** Declarations for recipes: dist/types/@tensorflow/* as published, dist/types/trainlens from our sources. */
async function writeTypes() {
  for (const name of TYPED_PACKAGES) {
    const from = `node_modules/@tensorflow/${name}`;
    const to = `dist/types/@tensorflow/${name}`;
    await cp(`${from}/dist`, `${to}/dist`, {
      recursive: true,
      dereference: true,
      filter: async (file) =>
        (await stat(file)).isDirectory() || (file.endsWith(".d.ts") && !file.endsWith("_test.d.ts")),
    });
    const { types } = require(`./${from}/package.json`);
    await writeFile(`${to}/package.json`, JSON.stringify({ name: `@tensorflow/${name}`, version, types }));
  }
  const { default: ts } = await import("typescript");
  for (const name of OWN_TYPES) {
    const target = `dist/types/trainlens/${name}.d.ts`;
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(await readFile(`src/${name}.ts`, "utf8"), {
      fileName: `${name}.ts`,
      reportDiagnostics: true,
      compilerOptions: { strict: true, isolatedDeclarations: true, declaration: true },
    });
    if (diagnostics.length > 0) throw new Error(ts.flattenDiagnosticMessageText(diagnostics[0].messageText, "\n"));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
}

/**
 * snippets/typescript.json without its types as dist/snippets/javascript.json. Tab stops become names while the types are
 * taken away, and tab stops again.
 */
async function writeJavaScriptSnippets() {
  const { toJavaScript } = require("./dist/stripTypes.js");
  const snippets = JSON.parse(await readFile("snippets/typescript.json", "utf8"));
  for (const snippet of Object.values(snippets)) {
    const stops = [];
    const named = snippet.body
      .join("\n")
      .replace(/\$(?:\d+|\{\d+(?::(?:\\.|[^}\\])*|\|(?:\\.|[^|\\])*\|)?\})/g, (stop) => {
        stops.push(stop);
        return `STOP_${stops.length - 1}_`;
      });
    const stripped = toJavaScript(named, "snippet.ts")
      .replace(/ +(?=[;)])/g, "")
      .replace(/STOP_(\d+)_/g, (_, index) => stops[Number(index)]);
    snippet.body = stripped.trimEnd().split("\n");
  }
  await mkdir("dist/snippets", { recursive: true });
  await writeFile("dist/snippets/javascript.json", JSON.stringify(snippets, null, 2));
}

/** Tests become one CommonJS file each under out/, packages left to node_modules. */
async function testBundles() {
  const suites = await readdir("test", { recursive: true });
  const entryPoints = suites
    .filter((file) => /\.(test|main)\.tsx?$/.test(file))
    .map((file) => ({ in: path.join("test", file), out: file.replace(/\.tsx?$/, "") }));
  return {
    ...common,
    platform: "node",
    format: "cjs",
    target: "node20",
    jsx: "automatic",
    jsxImportSource: "preact",
    sourcemap: "inline",
    minify: false,
    keepNames: false,
    packages: "external",
    alias: { "trainlens/data": "./src/data/index.ts", "trainlens/models": "./src/models/index.ts" },
    entryPoints,
    outdir: "out/test",
  };
}

/** What went into each bundle, for the test that holds the import rules. */
async function writeMetafile(options, result) {
  const name = Object.keys(options.entryPoints).join("-");
  await mkdir("out/meta", { recursive: true });
  await writeFile(`out/meta/${name}.json`, JSON.stringify(result.metafile));
}

if (!watch) await rm("dist", { recursive: true, force: true });
await copyAssets();
await copySharedMemoryModule();
await writeTypes();
if (flags.has("--tests")) {
  await rm("out", { recursive: true, force: true });
  await build(await testBundles());
}
for (const options of bundles) {
  if (watch) await (await context(options)).watch();
  else await writeMetafile(options, await build(options));
}
if (!watch) await writeJavaScriptSnippets();
