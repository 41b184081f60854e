/**
 * CUDA and cuDNN: which versions are wanted, and which lie where. Looked for are libraries that a loader would find
 * (ldconfig's cache, LD_LIBRARY_PATH), toolkits (/usr/local/cuda*, CUDA_PATH) and the wheels of Python environments.
 */
import { execFile } from "node:child_process";
import { readFile, readdir, realpath } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import type { Cuda, FoundVersion, WantedVersions } from "../../protocol/doctorReport";
import { NODE_GPU_BUILD } from "../backends/cuda";
import type { PythonEnvironment } from "../python/environments";

const run = promisify(execFile);

const { tensorflow: NODE_GPU_TENSORFLOW, ...NODE_GPU_VERSIONS } = NODE_GPU_BUILD;
export const NODE_GPU_WANTS: WantedVersions = {
  by: `@tensorflow/tfjs-node-gpu (TensorFlow ${NODE_GPU_TENSORFLOW})`,
  ...NODE_GPU_VERSIONS,
};

/** Where to look; the default is this machine. */
export interface CudaPlaces {
  /** Folders with toolkits in them: /usr/local. */
  roots: readonly string[];
  /** Toolkits: what CUDA_PATH names. */
  toolkits: readonly string[];
  /** Folders with libraries in them: LD_LIBRARY_PATH. */
  libraryPath: readonly string[];
  /** ldconfig -p. */
  loaderCache: string;
  /** Folders with headers in them: /usr/include. */
  includes: readonly string[];
  /** With their wheels. */
  python: readonly PythonEnvironment[];
}

export async function ownPlaces(python: readonly PythonEnvironment[]): Promise<CudaPlaces> {
  const { LD_LIBRARY_PATH = "", CUDA_PATH } = process.env;
  return {
    roots: process.platform === "win32" ? [] : ["/usr/local", "/opt"],
    toolkits: CUDA_PATH ? [CUDA_PATH] : [],
    libraryPath: LD_LIBRARY_PATH.split(path.delimiter).filter(Boolean),
    loaderCache: await loaderCache(),
    includes: ["/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/include/aarch64-linux-gnu"],
    python,
  };
}

/** Empty where there is no ldconfig: not on Linux, or not this kind of it. */
async function loaderCache(): Promise<string> {
  if (process.platform !== "linux") return "";
  for (const program of ["ldconfig", "/sbin/ldconfig"]) {
    try {
      return (await run(program, ["-p"], { maxBuffer: 2 ** 25, timeout: 10_000 })).stdout;
    } catch {
      // The next one; root's programs are not on everybody's PATH.
    }
  }
  return "";
}

export async function cudaReport(places: CudaPlaces): Promise<Cuda> {
  const toolkits = [...places.toolkits, ...(await toolkitsIn(places.roots))];
  const libraries = [
    ...parseLoaderCache(places.loaderCache),
    ...(await librariesIn([...places.libraryPath, ...toolkits.map((toolkit) => path.join(toolkit, "lib64"))])),
  ];
  const sitePackages = places.python.flatMap(({ tensorflow }) => (tensorflow ? [path.dirname(tensorflow.folder)] : []));
  const wheels = await Promise.all(sitePackages.map(wheelsIn));
  const includes = [...places.includes, ...toolkits.map((toolkit) => path.join(toolkit, "include"))];
  return {
    wanted: [NODE_GPU_WANTS, ...places.python.flatMap(wantedBy)],
    cuda: await unique([
      ...(await Promise.all(toolkits.map(toolkitVersion))).flat(),
      ...libraries.filter(({ path: file }) => path.basename(file).startsWith("libcudart.so.")),
      ...wheels.flatMap(({ cuda }) => cuda),
    ]),
    cudnn: await unique([
      ...(await Promise.all(includes.map(headerVersion))).flat(),
      ...libraries.filter(({ path: file }) => path.basename(file).startsWith("libcudnn.so.")),
      ...wheels.flatMap(({ cudnn }) => cudnn),
    ]),
  };
}

/** Lines such as "libcudart.so.11.0 (libc6,x86-64) => /usr/local/cuda-11.2/lib64/libcudart.so.11.0". */
export function parseLoaderCache(text: string): FoundVersion[] {
  return [...text.matchAll(/^\s*(lib(?:cudart|cudnn)\.so\.[\d.]+) .*=> (\S.*)$/gm)].flatMap(([, , file]) =>
    libraryVersion(file),
  );
}

/** By the file's name: "libcudnn.so.8.1.1" is 8.1.1. */
function libraryVersion(file: string): FoundVersion[] {
  const version = /^lib(?:cudart|cudnn)\.so\.([\d.]+)$/.exec(path.basename(file))?.[1];
  return version === undefined ? [] : [{ version, path: file }];
}

async function librariesIn(folders: readonly string[]): Promise<FoundVersion[]> {
  const found = await Promise.all(
    folders.map(async (folder) => (await list(folder)).flatMap((name) => libraryVersion(path.join(folder, name)))),
  );
  return found.flat();
}

async function toolkitsIn(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    roots.map(async (root) =>
      (await list(root)).filter((name) => /^cuda(-\d|$)/.test(name)).map((name) => path.join(root, name)),
    ),
  );
  return found.flat();
}

async function toolkitVersion(toolkit: string): Promise<FoundVersion[]> {
  const version =
    parseVersionJson(await text(path.join(toolkit, "version.json"))) ??
    parseVersionTxt(await text(path.join(toolkit, "version.txt")));
  return version === undefined ? [] : [{ version, path: toolkit }];
}

/** A toolkit's version.json, since CUDA 11.1. */
export function parseVersionJson(content: string): string | undefined {
  try {
    const { cuda } = JSON.parse(content) as { cuda?: { version?: unknown } };
    return typeof cuda?.version === "string" ? cuda.version : undefined;
  } catch {
    return undefined;
  }
}

/** A toolkit's version.txt, up to CUDA 11.0: "CUDA Version 10.1.243". */
export function parseVersionTxt(content: string): string | undefined {
  return /CUDA Version (\d+(?:\.\d+)+)/.exec(content)?.[1];
}

async function headerVersion(folder: string): Promise<FoundVersion[]> {
  // cudnn_version.h since cuDNN 8, cudnn.h before.
  for (const name of ["cudnn_version.h", "cudnn.h"]) {
    const version = parseCudnnHeader(await text(path.join(folder, name)));
    if (version !== undefined) return [{ version, path: path.join(folder, name) }];
  }
  return [];
}

export function parseCudnnHeader(content: string): string | undefined {
  const parts = ["MAJOR", "MINOR", "PATCHLEVEL"].map(
    (part) => new RegExp(`^#define\\s+CUDNN_${part}\\s+(\\d+)`, "m").exec(content)?.[1],
  );
  return parts.includes(undefined) ? undefined : parts.join(".");
}

/** NVIDIA's wheels, by the names of their folders: nvidia_cudnn_cu12-9.3.0.75.dist-info. */
async function wheelsIn(sitePackages: string): Promise<{ cuda: FoundVersion[]; cudnn: FoundVersion[] }> {
  const found = (await list(sitePackages)).flatMap((name) => {
    const parts = /^nvidia[_-](cuda[_-]runtime|cudnn)(?:[_-]cu\d+)?-([\d.]+)\.dist-info$/.exec(name);
    return parts ? [{ what: parts[1], version: parts[2], path: path.join(sitePackages, name) }] : [];
  });
  const of = (cudnn: boolean): FoundVersion[] =>
    found.filter(({ what }) => (what === "cudnn") === cudnn).map(({ what: _what, ...rest }) => rest);
  return { cuda: of(false), cudnn: of(true) };
}

/** What the TensorFlow of a Python environment was built with; nothing for a build without CUDA. */
function wantedBy({ executable, tensorflow }: PythonEnvironment): WantedVersions[] {
  if (tensorflow?.cuda === undefined || tensorflow.cudnn === undefined) return [];
  return [{ by: `TensorFlow ${tensorflow.version} of ${executable}`, cuda: tensorflow.cuda, cudnn: tensorflow.cudnn }];
}

/** The same file under several names once, with the name that tells most: libcudart.so.11.0 is libcudart.so.11.2.152. */
async function unique(found: readonly FoundVersion[]): Promise<FoundVersion[]> {
  const byPlace = new Map<string, FoundVersion>();
  for (const each of found) {
    const real = await realpath(each.path).catch(() => each.path);
    const named = libraryVersion(real).at(0) ?? { ...each, path: real };
    if (!byPlace.has(named.path)) byPlace.set(named.path, named);
  }
  return [...byPlace.values()];
}

async function list(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function text(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}
