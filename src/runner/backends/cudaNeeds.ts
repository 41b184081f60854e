/**
 * What TensorFlow needs to see a card of NVIDIA's, and what of it is missing here. It is asked before a library is
 * loaded: a process can load one libtensorflow only, and TensorFlow itself tells of what is missing in its log at most.
 */
import { existsSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import process from "node:process";
import { BackendUnavailable } from "./rung";
import { openLibrary } from "./sharedLibrary";

/** A libtensorflow, by what it was built with. */
export interface CudaBuild {
  /** What it is called in a sentence: "TensorFlow 2.21.0 of /venv/bin/python". */
  title: string;
  /** Versions; absent for a build without CUDA. */
  cuda?: string;
  cudnn?: string;
  /** Where it looks for libraries besides the loader's own places. */
  folders: readonly string[];
  /** What brings CUDA's libraries to it. */
  advice: string;
}

/** What is asked of a machine; a test brings its own. */
export interface CudaMachine {
  platform: NodeJS.Platform;
  /** The value of CUDA_VISIBLE_DEVICES. */
  visibleDevices: string | undefined;
  /** Whether the loader opens a library of this name. */
  opens: (library: string) => boolean;
}

export const thisMachine: CudaMachine = {
  platform: process.platform,
  get visibleDevices() {
    return process.env["CUDA_VISIBLE_DEVICES"];
  },
  opens: (library) => (process.platform === "win32" ? liesInSystem(library) : canOpen(library)),
};

/** What a machine lacks whatever TensorFlow is installed: a system with CUDA, the driver, a card that may be seen. */
export function missingOnMachine({ platform, visibleDevices, opens }: CudaMachine): BackendUnavailable | undefined {
  if (platform !== "linux" && platform !== "win32") {
    return new BackendUnavailable(
      `CUDA does not run on ${platform}`,
      'Run "trainlens install-backend webgpu": it uses the GPU of this machine.',
    );
  }
  const driver = platform === "win32" ? "nvcuda.dll" : "libcuda.so.1";
  if (!opens(driver)) {
    return new BackendUnavailable(
      `there is no driver of NVIDIA's (${driver} is not found)`,
      'CUDA needs a card of NVIDIA\'s. With one, install its driver, until "nvidia-smi" lists the card.',
    );
  }
  // As CUDA reads it: the cards before the first that is none.
  if (visibleDevices !== undefined && /^\s*(-\d|$)/.test(visibleDevices)) {
    return new BackendUnavailable(
      `CUDA_VISIBLE_DEVICES is "${visibleDevices}", which hides every card`,
      "Take CUDA_VISIBLE_DEVICES out of the environment.",
    );
  }
  return undefined;
}

/** What a build lacks, on a machine that lacks nothing itself. Libraries are looked for on Linux only. */
export function missingForBuild(
  { title, cuda, cudnn, folders, advice }: CudaBuild,
  { platform, opens }: CudaMachine,
): BackendUnavailable | undefined {
  if (cuda === undefined) return new BackendUnavailable(`${title} is built without CUDA`, advice);
  if (platform !== "linux") return undefined;
  const missing = librariesOf(cuda, cudnn).filter(
    (name) => !folders.some((folder) => existsSync(path.join(folder, name))) && !opens(name),
  );
  if (missing.length === 0) return undefined;
  const verb = missing.length === 1 ? "is" : "are";
  return new BackendUnavailable(`${missing.join(", ")} ${verb} not found, for ${title} with CUDA ${cuda}`, advice);
}

/** File versions of CUDA's libraries, by CUDA's major version. */
const FILE_VERSIONS: Partial<Record<string, Record<string, string>>> = {
  11: { cudart: "11.0", cublas: "11", cublasLt: "11", cufft: "10", cusolver: "11", cusparse: "11" },
  12: { cudart: "12", cublas: "12", cublasLt: "12", cufft: "11", cusolver: "11", cusparse: "12" },
  13: { cudart: "13", cublas: "13", cublasLt: "13", cufft: "12", cusolver: "12", cusparse: "12" },
};

/** What TensorFlow opens before it takes a GPU, and takes none where one is missing (its dlopen_checker.cc). */
export function librariesOf(cuda: string, cudnn: string | undefined): string[] {
  const major = cuda.split(".")[0];
  const versions = { ...(FILE_VERSIONS[major] ?? { cudart: major }), ...(cudnn ? { cudnn: cudnn.split(".")[0] } : {}) };
  return Object.entries(versions).map(([name, version]) => `lib${name}.so.${version}`);
}

/** Where the wheels of NVIDIA's that come with TensorFlow's keep their libraries. */
export function wheelFolders(tensorflowFolder: string): string[] {
  const nvidia = path.join(path.dirname(tensorflowFolder), "nvidia");
  return existsSync(nvidia) ? readdirSync(nvidia).map((name) => path.join(nvidia, name, "lib")) : [];
}

/** Opens it, as TensorFlow will. */
function canOpen(library: string): boolean {
  try {
    openLibrary(library, constants.dlopen.RTLD_LAZY);
    return true;
  } catch {
    return false;
  }
}

function liesInSystem(library: string): boolean {
  return existsSync(path.join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", library));
}
