/** The doctor's report as a text of at most a screen's width: what the command line prints and the panel copies. */
import {
  type BackendReport,
  type Cuda,
  type DoctorReport,
  type Machine,
  type Nvidia,
  type PythonReport,
  type Speed,
  canUsePython,
  serves,
} from "./doctorReport";
import { formatBytes } from "./numbers";
import { textTable } from "./textTable";

const INDENT = "  ";

export function doctorText(report: DoctorReport): string {
  return (
    [choiceText(report), repairsText(report), backendTable(report), remarks(report), facts(report)]
      .filter((part) => part !== "")
      .join("\n\n") + "\n"
  );
}

function choiceText({ trainlens, choice }: DoctorReport): string {
  const head = `TrainLens ${trainlens}`;
  if (choice.state !== "usable")
    return `${head}: a run with the backend "auto" fails here: ${choice.reason}.\n${choice.fix}`;
  return `${head}: "auto" takes ${choice.name} here (${choice.device}): ${choice.reason}.`;
}

function repairsText({ repairs = [] }: DoctorReport): string {
  return repairs
    .map(({ done, text }) => `${done ? "Fixed" : "Not fixed"}: ${text.replaceAll("\n", `\n${INDENT}`)}`)
    .join("\n");
}

const STATES: Record<BackendReport["state"], string> = {
  usable: "usable",
  byNameOnly: "by name only",
  unavailable: "not usable",
  crashed: "crashes",
  timedOut: "no answer",
  failed: "fails",
};

function backendTable({ backends, choice }: DoctorReport): string {
  const chosen = choice.state === "usable" ? choice.name : undefined;
  const measured = backends.some((backend) => "speed" in backend && backend.speed);
  const rows = backends.map((backend) => [
    backend.name === chosen ? `* ${backend.name}` : `  ${backend.name}`,
    STATES[backend.state],
    ...(measured ? speedCells("speed" in backend ? backend.speed : undefined) : []),
    "device" in backend ? deviceText(backend) : "",
  ]);
  const head = ["  BACKEND", "STATE", ...(measured ? ["MATMUL", "CONV"] : []), "DEVICE, DRIVER, PACKAGE"];
  const unit = measured ? "\n\nMATMUL and CONV are in GFLOP/s, 10^9 floating-point operations a second." : "";
  return textTable([head, ...rows], measured ? [2, 3] : []) + unit;
}

/** "AMD EPYC 9B14, 2 threads; driver 550.54; 4.22.0". */
function deviceText({
  device,
  driver,
  version,
}: {
  device: string;
  driver?: string | undefined;
  version: string;
}): string {
  return [device, ...(driver === undefined ? [] : [`driver ${driver}`]), version].join("; ");
}

function speedCells(speed: Speed | undefined): string[] {
  return speed ? [formatGflops(speed.matMul.gflops), formatGflops(speed.conv2d.gflops)] : ["", ""];
}

/** Three digits: "0.512", "28.9", "1,230". */
export function formatGflops(gflops: number): string {
  if (gflops >= 100) return Math.round(gflops).toLocaleString("en");
  return gflops.toPrecision(3);
}

/** What the table has no room for: why not, and what to do. */
function remarks(report: DoctorReport): string {
  return report.backends
    .flatMap((backend) => {
      if (backend.state === "usable") return backend.warning ? [`${backend.name}: ${backend.warning}.`] : [];
      if (backend.state === "byNameOnly")
        return [
          `${backend.name}: not chosen automatically: ${backend.reason}.\n${INDENT}--backend ${backend.name} takes it.` +
            (backend.warning ? `\n${INDENT}${backend.warning}.` : ""),
        ];
      const output = backend.output?.split("\n").map((line) => `\n${INDENT}| ${line}`) ?? [];
      const onPython =
        backend.name === "native" && canUsePython(report)
          ? `\n${INDENT}Or run "trainlens doctor --fix": a Python environment here has TensorFlow, which serves as well.`
          : "";
      return [`${backend.name}: ${backend.reason}.\n${INDENT}${backend.fix}${onPython}${output.join("")}`];
    })
    .join("\n");
}

function facts(report: DoctorReport): string {
  const { node, vscode, machine, nvidia, cuda, python, disks } = report;
  const rows: [string, string[]][] = [
    ["Processor", [`${machine.processor}, ${machine.threads} threads, ${machine.architecture}`]],
    ["Memory", [memoryText(machine)]],
    ["System", [machine.system]],
    ["NVIDIA", nvidiaLines(nvidia)],
    ["CUDA", libraryLines(cuda, "cuda")],
    ["cuDNN", libraryLines(cuda, "cudnn")],
    ["Node", [`${node.version} (${node.path})`]],
    ...(vscode === undefined ? [] : ([["VS Code", [vscode]]] as [string, string[]][])),
    ["Python", python.length === 0 ? ["none found"] : python.map(pythonText)],
    [
      "Disk",
      disks.map(
        ({ use, path, free }) => `${free === undefined ? "unknown" : formatBytes(free)} free, ${use} (${path})`,
      ),
    ],
  ];
  return textTable(rows.flatMap(([name, lines]) => lines.map((line, i) => [i === 0 ? name : "", line])));
}

function memoryText({ memory, freeMemory }: Machine): string {
  return `${formatBytes(memory)}, ${formatBytes(freeMemory)} free`;
}

function nvidiaLines({ gpus, driverCuda, problem }: Nvidia): string[] {
  if (gpus.length === 0) return [problem ?? "no card"];
  return [
    ...gpus.map(({ index, name, driver, memory }) =>
      [`${index}: ${name}`, ...(memory === undefined ? [] : [formatBytes(memory * 2 ** 20)]), `driver ${driver}`].join(
        ", ",
      ),
    ),
    ...(driverCuda === undefined ? [] : [`its driver runs CUDA up to ${driverCuda}`]),
  ];
}

function libraryLines({ wanted, ...found }: Cuda, what: "cuda" | "cudnn"): string[] {
  const versions = found[what];
  return [
    ...wanted.map((each) => {
      const served = versions.some(({ version }) => serves(version, each[what]));
      return `wanted ${each[what]} by ${each.by}: ${served ? "found" : "not found"}`;
    }),
    ...versions.map(({ version, path }) => `found ${version} (${path})`),
  ];
}

function pythonText({ path, version, ...packages }: PythonReport): string {
  const named = (["tensorflow", "keras", "shap"] as const).flatMap((name) => {
    const installed = packages[name];
    return installed === undefined ? [] : [`${name} ${installed}`];
  });
  return `${version}, ${named.length === 0 ? "neither tensorflow nor shap" : named.join(", ")} (${path})`;
}
