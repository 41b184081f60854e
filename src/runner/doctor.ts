/** `trainlens doctor`: what can train on this machine, how fast, and what would help. */
import { Command, Option } from "commander";
import process from "node:process";
import { canTrain } from "../protocol/doctorReport";
import { doctorText } from "../protocol/doctorText";
import { BACKEND_NAMES, type BackendName } from "./backends";
import { examine } from "./doctor/examine";
import { UserError } from "./errors";

interface DoctorOptions {
  json?: boolean;
  quick?: boolean;
  vscodeVersion?: string;
  probe?: BackendName | "auto";
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show what can train on this machine, how fast it is, and what would help")
    .option("--json", "print one JSON object")
    .option("--quick", "measure no speeds")
    .addOption(new Option("--vscode-version <version>", "of the window that asks").hideHelp())
    .addOption(
      new Option("--probe <name>", "try one backend, in this process").choices(["auto", ...BACKEND_NAMES]).hideHelp(),
    )
    .action(doctor);
}

async function doctor({ json, quick = false, vscodeVersion, probe }: DoctorOptions): Promise<void> {
  if (probe !== undefined) {
    const { probeBackend } = await import("./doctor/probeChild");
    await probeBackend(probe, quick);
    return;
  }
  const controller = new AbortController();
  const release = endWith(controller);
  try {
    const report = await examine({
      quick,
      ...(vscodeVersion === undefined ? {} : { vscode: vscodeVersion }),
      progress: ({ step, steps, backend }) => process.stderr.write(`[${step}/${steps}] ${backend}\n`),
      signal: controller.signal,
    });
    process.stdout.write(json ? JSON.stringify(report) + "\n" : doctorText(report));
    if (!canTrain(report)) throw new UserError("No backend works here.", "The report says why, and what to do.");
  } finally {
    release();
  }
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
