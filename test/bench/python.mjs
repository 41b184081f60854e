// The Python to measure against: TRAINLENS_TEST_PYTHON, or a virtual environment in the cache folder, made on first use.
import { execFile } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { cacheFolder } from "../hosts/cache.mjs";
import { loudly } from "../hosts/spawn.mjs";

const run = promisify(execFile);

const PACKAGES = ["tensorflow-cpu>=2.21,<2.22", "shap>=0.51,<0.52", "scikit-learn", "matplotlib"];
/** A bench prints its figures on standard output. */
const TO_STDERR = ["ignore", 2, 2];
const CHECK =
  "from importlib.metadata import version as v; print('tensorflow', v('tensorflow-cpu'), 'keras', v('keras'), 'shap', v('shap'))";

/**
 * An interpreter with TensorFlow and shap.
 *
 * @returns {Promise<{ python: string, versions: string }>}
 */
export async function findPython() {
  const named = process.env.TRAINLENS_TEST_PYTHON;
  if (named) return { python: named, versions: await versionsOf(named) };
  const python = path.join(cacheFolder, "python", "bin", "python");
  try {
    return { python, versions: await versionsOf(python) };
  } catch {
    await makeEnvironment();
    return { python, versions: await versionsOf(python) };
  }
}

async function versionsOf(python) {
  const { stdout } = await run(python, ["-c", CHECK]);
  return stdout.trim();
}

/** Made beside its place and then moved there, so that an interrupted installation is not taken for a whole one. */
async function makeEnvironment() {
  const place = path.join(cacheFolder, "python");
  console.error(`Installing TensorFlow and shap into ${place}: some minutes and 2 GB, once.`);
  await rm(place, { recursive: true, force: true });
  await loudly("python3", ["-m", "venv", place], { stdio: TO_STDERR });
  try {
    await loudly(path.join(place, "bin", "pip"), ["install", "--quiet", ...(await indexes()), ...PACKAGES], {
      stdio: TO_STDERR,
    });
  } catch (error) {
    await rename(place, `${place}.failed-${Date.now()}`);
    throw error;
  }
}

/** A machine whose pip is configured with extra indexes may reach no other: then they are the only ones asked. */
async function indexes() {
  const { stdout } = await run("python3", ["-m", "pip", "config", "list"]);
  const urls = /^(?:global|user|site|:env:)\.extra-index-url='(.*)'$/m.exec(stdout)?.[1]?.split(/(?:\s|\\n)+/) ?? [];
  const [first, second] = urls.filter(Boolean);
  return [...(first ? ["--index-url", first] : []), ...(second ? ["--extra-index-url", second] : [])];
}
