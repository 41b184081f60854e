/**
 * What `trainlens doctor --json` prints: one object, the same for the command line, the panel and whoever else reads it.
 *
 * Fields are added and never change their meaning while `version` stays the same; a reader ignores those it does not
 * know.
 */
import * as v from "valibot";
import { parseAs } from "./json";

export const DOCTOR_REPORT_VERSION = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** How fast a backend does one operation, repeated for about a second. A multiply-add counts as two operations. */
const Measurement = v.object({
  /** 10^9 floating-point operations a second. */
  gflops: v.number(),
  /** Of the operands, for people: "1024 × 1024 by 1024 × 1024". */
  shape: v.string(),
  repeats: count,
  seconds: v.number(),
});
export type Measurement = v.InferOutput<typeof Measurement>;

export const Speed = v.object({ matMul: Measurement, conv2d: Measurement });
export type Speed = v.InferOutput<typeof Speed>;

const opened = {
  device: v.string(),
  /** Of the package that drives it. */
  version: v.string(),
  /** Of the device's own driver, where it has one. */
  driver: v.optional(v.string()),
};

/** Why something cannot be used, a phrase without a full stop, and what a user can do about it. */
const trouble = { reason: v.string(), fix: v.string() };

/** One backend of the ladder, tried in a process of its own. */
const BackendReport = v.variant("state", [
  v.object({
    name: v.string(),
    state: v.literal("usable"),
    ...opened,
    /** Left out where nothing was measured (--quick). */
    speed: v.optional(Speed),
    /** It works, and something is to be known about it all the same. */
    warning: v.optional(v.string()),
  }),
  /** It works, and "auto" leaves it out; `reason` says why. */
  v.object({
    name: v.string(),
    state: v.literal("byNameOnly"),
    ...opened,
    reason: v.string(),
    speed: v.optional(Speed),
    warning: v.optional(v.string()),
  }),
  v.object({
    name: v.string(),
    /**
     * unavailable: it lacks something; crashed: its process was killed by a signal or a native library;
     * timedOut: it gave no answer in time; failed: it threw what nobody expected.
     */
    state: v.picklist(["unavailable", "crashed", "timedOut", "failed"]),
    ...trouble,
    /** The last lines that its process wrote to standard error. */
    output: v.optional(v.string()),
  }),
]);
export type BackendReport = v.InferOutput<typeof BackendReport>;

/** What a run with the backend "auto" takes here: found out by doing so, in a process of its own. */
const Choice = v.variant("state", [
  v.object({
    state: v.literal("usable"),
    name: v.string(),
    device: v.string(),
    reason: v.string(),
    passedOver: v.array(v.object({ name: v.string(), ...trouble })),
  }),
  v.object({ state: v.picklist(["unavailable", "crashed", "timedOut", "failed"]), ...trouble }),
]);
export type Choice = v.InferOutput<typeof Choice>;

const Gpu = v.object({
  index: count,
  name: v.string(),
  driver: v.string(),
  /** MiB; left out where the driver does not tell. */
  memory: v.optional(v.number()),
});

const Nvidia = v.object({
  /** As nvidia-smi lists them. */
  gpus: v.array(Gpu),
  /** The newest CUDA that the driver can run. */
  driverCuda: v.optional(v.string()),
  /** Why nvidia-smi gave no list. */
  problem: v.optional(v.string()),
});
export type Nvidia = v.InferOutput<typeof Nvidia>;

const FoundVersion = v.object({ version: v.string(), path: v.string() });
export type FoundVersion = v.InferOutput<typeof FoundVersion>;

const WantedVersions = v.object({
  /** Who wants them. */
  by: v.string(),
  cuda: v.string(),
  cudnn: v.string(),
});
export type WantedVersions = v.InferOutput<typeof WantedVersions>;

const Cuda = v.object({
  wanted: v.array(WantedVersions),
  cuda: v.array(FoundVersion),
  cudnn: v.array(FoundVersion),
});
export type Cuda = v.InferOutput<typeof Cuda>;

const PythonReport = v.object({
  /** The interpreter. */
  path: v.string(),
  version: v.string(),
  /** Versions, of those that are installed there. */
  tensorflow: v.optional(v.string()),
  keras: v.optional(v.string()),
  shap: v.optional(v.string()),
});
export type PythonReport = v.InferOutput<typeof PythonReport>;

const Disk = v.object({
  use: v.picklist(["workspace", "runtime", "temporary"]),
  path: v.string(),
  /** Bytes that a user may still write there. */
  free: v.optional(v.number()),
  total: v.optional(v.number()),
});
export type Disk = v.InferOutput<typeof Disk>;

const Machine = v.object({
  /** As Node names it: "linux", "darwin", "win32". */
  platform: v.string(),
  system: v.string(),
  architecture: v.string(),
  processor: v.string(),
  /** As many as this process may use. */
  threads: count,
  /** Bytes. */
  memory: v.number(),
  freeMemory: v.number(),
});
export type Machine = v.InferOutput<typeof Machine>;

/** Something that --fix did, or could not do. */
const Repair = v.object({ done: v.boolean(), text: v.string() });
export type Repair = v.InferOutput<typeof Repair>;

export const DoctorReport = v.object({
  version: v.literal(DOCTOR_REPORT_VERSION),
  /** ms since 1970. */
  time: v.number(),
  trainlens: v.string(),
  node: v.object({ version: v.string(), path: v.string() }),
  /** Where the extension asked. */
  vscode: v.optional(v.string()),
  choice: Choice,
  /** In the ladder's order, best first. */
  backends: v.array(BackendReport),
  machine: Machine,
  nvidia: Nvidia,
  cuda: Cuda,
  /** Environments that were found, the likeliest first. */
  python: v.array(PythonReport),
  disks: v.array(Disk),
  /** Only with --fix. */
  repairs: v.optional(v.array(Repair)),
});
export type DoctorReport = v.InferOutput<typeof DoctorReport>;

/** Whether at least one backend trains here. */
export function canTrain({ backends }: DoctorReport): boolean {
  return backends.some(({ state }) => state === "usable" || state === "byNameOnly");
}

/**
 * Whether a library of version `found` serves who wants `wanted`: the same major version, and no older within it.
 * CUDA 11 and cuDNN 8 keep their interfaces within a major version.
 */
export function serves(found: string, wanted: string): boolean {
  const have = found.split(".").map(Number);
  const want = wanted.split(".").map(Number);
  if (have[0] !== want[0]) return false;
  for (let i = 1; i < want.length; i++) {
    const [h, w] = [have[i] ?? 0, want[i] ?? 0];
    if (h !== w) return h > w;
  }
  return true;
}

/** What `trainlens install-backend` installs. */
export const InstallRequest = v.object({
  backend: v.picklist(["cuda", "native", "webgpu"]),
  libtensorflow: v.picklist(["bundled", "python"]),
});
export type InstallRequest = v.InferOutput<typeof InstallRequest>;

/** What a fix that names the command `trainlens install-backend …` would install; undefined for any other fix. */
export function installIn(fix: string): InstallRequest | undefined {
  const [command, backend] = /trainlens install-backend (\w+)(?: --libtensorflow python)?/.exec(fix) ?? [];
  if (command === undefined) return undefined;
  const request = { backend, libtensorflow: command.endsWith("python") ? "python" : "bundled" };
  return v.is(InstallRequest, request) ? request : undefined;
}

/** Whether the native backend could run on a Python environment's TensorFlow, and is not had otherwise. */
export function canUsePython({ backends, machine, python }: DoctorReport): boolean {
  const native = backends.find(({ name }) => name === "native");
  return (
    machine.platform === "linux" &&
    native?.state === "unavailable" &&
    python.some(({ tensorflow }) => tensorflow !== undefined)
  );
}

/** What may be installed to have a backend that is not usable, the best offer first. */
export function offers(report: DoctorReport, backend: BackendReport): InstallRequest[] {
  if (backend.state === "usable" || backend.state === "byNameOnly") return [];
  const named = installIn(backend.fix);
  // Over a gigabyte for a card that is not there is no offer.
  const sensible = named && (named.backend !== "cuda" || report.nvidia.gpus.length > 0) ? [named] : [];
  const onPython: InstallRequest = { backend: "native", libtensorflow: "python" };
  return backend.name === "native" && canUsePython(report) ? [onPython, ...sensible] : sensible;
}

/** The report that a value is; undefined for anything else, another version included. */
export function asDoctorReport(value: unknown): DoctorReport | undefined {
  const result = v.safeParse(DoctorReport, value);
  return result.success ? result.output : undefined;
}

/** The report in a JSON text. */
export function parseDoctorReport(text: string): DoctorReport | undefined {
  return parseAs(DoctorReport, text);
}
