/** Puts the doctor's report together. */
import os from "node:os";
import process from "node:process";
import {
  type BackendReport,
  DOCTOR_REPORT_VERSION,
  type DoctorReport,
  type PythonReport,
} from "../../protocol/doctorReport";
import { BACKEND_NAMES } from "../backends";
import { nvidiaReport } from "../backends/nvidia";
import type { LibTensorFlow } from "../backends/rung";
import { runtimeFolder } from "../backends/runtimeFolder";
import { type PythonEnvironment, pythonEnvironments } from "../python/environments";
import { cudaReport, ownPlaces } from "./cuda";
import { diskReports, machineReport } from "./machine";
import { backendReport, blame, choiceReport, probeCommand, runProbe } from "./probe";

declare const TRAINLENS_VERSION: string;

/** A backend that has not answered after so many seconds will not. */
const PATIENCE = 90;

export interface Examination {
  /** Opens the backends and measures none. */
  quick: boolean;
  /** As `trainlens train` takes them. */
  libtensorflow?: LibTensorFlow;
  python?: string;
  /** Version of the VS Code that asks. */
  vscode?: string;
  /** Before each backend that is tried. */
  progress: (at: { step: number; steps: number; backend: string }) => void;
  signal: AbortSignal;
}

/** One probe after the other, so that none disturbs another's measurement. */
export async function examine(asked: Examination): Promise<DoctorReport> {
  const { vscode, progress, signal } = asked;
  const names = ["auto", ...BACKEND_NAMES] as const;
  const probe = async (name: (typeof names)[number]): ReturnType<typeof runProbe> => {
    progress({ step: names.indexOf(name) + 1, steps: names.length, backend: name });
    return await runProbe(probeCommand(name, asked), PATIENCE, signal);
  };
  const environments = await pythonEnvironments(process.cwd(), asked.python);
  const nvidia = await nvidiaReport();
  const cuda = await cudaReport(await ownPlaces(environments));
  const choice = choiceReport(await probe("auto"));
  const backends: BackendReport[] = [];
  for (const name of BACKEND_NAMES) backends.push(backendReport(name, await probe(name)));
  return {
    version: DOCTOR_REPORT_VERSION,
    time: Date.now(),
    trainlens: TRAINLENS_VERSION,
    node: { version: process.versions.node, path: process.execPath },
    ...(vscode === undefined ? {} : { vscode }),
    choice: blame(choice, backends),
    backends,
    machine: machineReport(),
    nvidia,
    cuda,
    python: environments.map(pythonReport),
    disks: await diskReports([
      { use: "workspace", path: process.cwd() },
      { use: "runtime", path: runtimeFolder() },
      { use: "temporary", path: os.tmpdir() },
    ]),
  };
}

function pythonReport({ executable, version, tensorflow, keras, shap }: PythonEnvironment): PythonReport {
  return {
    path: executable,
    version,
    ...(tensorflow ? { tensorflow: tensorflow.version } : {}),
    ...(keras === undefined ? {} : { keras }),
    ...(shap === undefined ? {} : { shap }),
  };
}
