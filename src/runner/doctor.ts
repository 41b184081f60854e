/** `trainlens doctor`: what can train on this machine, how fast, and what would help. */
import { Command, Option } from "commander";
import process from "node:process";
import { type DoctorReport, canTrain } from "../protocol/doctorReport";
import { doctorText } from "../protocol/doctorText";
import { type BackendChoice, withLibraryChoice } from "./backendChoice";
import { BACKEND_NAMES, type BackendName } from "./backends";
import { type Examination, examine } from "./doctor/examine";
import { repair } from "./doctor/repair";
import { UserError } from "./errors";

interface DoctorOptions extends Omit<BackendChoice, "backend"> {
  json?: boolean;
  quick?: boolean;
  fix?: boolean;
  vscodeVersion?: string;
  probe?: BackendName | "auto";
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("show what can train on this machine, how fast it is, and what would help")
    .option("--json", "print one JSON object")
    .option("--quick", "measure no speeds")
    .option("--fix", "do what needs no decision: build the native backend where a Python environment has TensorFlow");
  return withLibraryChoice(command)
    .addOption(new Option("--vscode-version <version>", "of the window that asks").hideHelp())
    .addOption(
      new Option("--probe <name>", "try one backend, in this process").choices(["auto", ...BACKEND_NAMES]).hideHelp(),
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const { json, quick = false, fix = false, vscodeVersion, probe, libtensorflow, python } = options;
  const library = { ...(libtensorflow ? { libtensorflow } : {}), ...(python === undefined ? {} : { python }) };
  if (probe !== undefined) {
    const { probeBackend } = await import("./doctor/probeChild");
    await probeBackend(probe, quick, library);
    return;
  }
  const controller = new AbortController();
  const release = endWith(controller);
  try {
    const asked: Examination = {
      quick,
      ...library,
      ...(vscodeVersion === undefined ? {} : { vscode: vscodeVersion }),
      progress: ({ step, steps, backend }) => say(`[${step}/${steps}] ${backend}`),
      signal: controller.signal,
    };
    const report = fix ? await examineAndRepair(asked) : await examine(asked);
    process.stdout.write(json ? JSON.stringify(report) + "\n" : doctorText(report));
    if (!canTrain(report)) throw new UserError("No backend works here.", "The report says why, and what to do.");
  } finally {
    release();
  }
}

/** What was repaired is examined again: the report shows how it is now. */
async function examineAndRepair(asked: Examination): Promise<DoctorReport> {
  const before = await examine({ ...asked, quick: true });
  const repairs = await repair(before, asked, {
    step: (_done, _total, message) => say(message),
    log: (text) => process.stderr.write(text),
    signal: asked.signal,
  });
  const nothing = { done: true, text: "nothing was found that can be done without your decision." };
  const changed = repairs.some(({ done }) => done);
  const report = changed || !asked.quick ? await examine(asked) : before;
  return { ...report, repairs: repairs.length > 0 ? repairs : [nothing] };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A doctor that is told to end ends its probe too. Returns what undoes this. */
function endWith(controller: AbortController): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    controller.abort();
    release();
    process.kill(process.pid, signal);
  };
  const release = (): void => signals.forEach((signal) => process.off(signal, onSignal));
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}
