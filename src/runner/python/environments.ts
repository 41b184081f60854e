/** Python environments on this machine, and what of our field they hold. Nothing is imported there: it takes no second. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface PythonEnvironment {
  /** The interpreter, absolute. */
  executable: string;
  /** The environment's folder: several interpreters may belong to it. */
  prefix: string;
  version: string;
  tensorflow?: {
    version: string;
    /** The package's folder, with libtensorflow_cc in it. */
    folder: string;
    /** Versions of CUDA and cuDNN that it was built for; absent for a build without CUDA. */
    cuda?: string;
    cudnn?: string;
  };
  keras?: string;
  shap?: string;
}

const PATIENCE = 15_000;

/** Prints the facts as JSON. Works on Python 3.8 and newer. */
const PROBE = `
import importlib.metadata as m, importlib.util as u, json, os, re, sys
def version(*names):
    for name in names:
        try:
            return m.version(name)
        except m.PackageNotFoundError:
            pass
facts = {"executable": os.path.abspath(sys.executable), "prefix": sys.prefix, "version": ".".join(map(str, sys.version_info[:3]))}
spec = u.find_spec("tensorflow")
if spec and spec.submodule_search_locations:
    folder = list(spec.submodule_search_locations)[0]
    found = {"version": version("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly") or "unknown", "folder": folder}
    try:
        with open(os.path.join(folder, "python", "platform", "build_info.py")) as file:
            text = file.read()
        for key in ("cuda", "cudnn"):
            match = re.search(r"'%s_version'\\s*,\\s*'([^']+)'" % key, text)
            if match:
                found[key] = match.group(1)
    except OSError:
        pass
    facts["tensorflow"] = found
for name in ("keras", "shap"):
    if version(name):
        facts[name] = version(name)
print(json.dumps(facts))
`;

/**
 * What an interpreter's environment holds.
 *
 * @param executable a path, or a name on PATH.
 * @returns undefined where it does not run.
 */
export async function examinePython(executable: string): Promise<PythonEnvironment | undefined> {
  try {
    const { stdout } = await run(executable, ["-c", PROBE], { timeout: PATIENCE, windowsHide: true });
    return JSON.parse(stdout) as PythonEnvironment;
  } catch {
    return undefined;
  }
}

/**
 * The interpreters that a user of this folder is likely to mean, best first: the workspace's own environment, the
 * active one, the system's.
 */
export function pythonCandidates(workspace: string): string[] {
  const windows = process.platform === "win32";
  const inEnvironment = (folder: string): string =>
    windows ? path.join(folder, "Scripts", "python.exe") : path.join(folder, "bin", "python");
  const environments = [
    ...[".venv", "venv", "env"].map((name) => path.join(workspace, name)),
    ...[process.env["VIRTUAL_ENV"], process.env["CONDA_PREFIX"]].filter((folder) => folder !== undefined),
  ];
  return [
    ...environments.map(inEnvironment).filter((file) => existsSync(file)),
    ...(windows ? ["python", "py"] : ["python3", "python"]),
  ];
}

/** Every environment among the candidates, each once, the given interpreter first. */
export async function pythonEnvironments(workspace: string, given?: string): Promise<PythonEnvironment[]> {
  const candidates = [...(given ? [given] : []), ...pythonCandidates(workspace)];
  const found = await Promise.all(candidates.map((candidate) => examinePython(candidate)));
  const byPrefix = new Map<string, PythonEnvironment>();
  for (const environment of found) {
    if (environment && !byPrefix.has(environment.prefix)) byPrefix.set(environment.prefix, environment);
  }
  return [...byPrefix.values()];
}
