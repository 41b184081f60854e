/** `trainlens install-backend`: brings a faster backend than those that come along. */
import { Argument, Command, Option } from "commander";
import process from "node:process";
import { BackendUnavailable, LIBTENSORFLOW, type LibTensorFlow } from "./backends/rung";
import { printJsonLine } from "./console";
import { StoppedError, UsageError, UserError } from "./errors";
import { describeFailure } from "./failure";
import { INSTALLABLE, type InstallControl, type Installable, installPackage, installPythonBinding } from "./install";

interface InstallOptions {
  libtensorflow: LibTensorFlow;
  python?: string;
  json?: boolean;
}

export function installBackendCommand(): Command {
  return new Command("install-backend")
    .description("install a native backend for every workspace of this user, by npm")
    .addArgument(new Argument("<backend>", "which one").choices(INSTALLABLE))
    .addOption(
      new Option("--libtensorflow <whose>", "the package's own, or that of a Python environment (Linux)")
        .choices(LIBTENSORFLOW)
        .default("bundled"),
    )
    .option("--python <path>", "the interpreter of that environment; by default the first found with TensorFlow")
    .option("--json", "print progress as JSON lines")
    .action(install);
}

async function install(backend: Installable, options: InstallOptions): Promise<void> {
  if (options.libtensorflow === "python" && backend === "webgpu") {
    throw new UsageError("webgpu uses no libtensorflow.", "Leave --libtensorflow out.");
  }
  const abort = new AbortController();
  const stop = (): void => abort.abort(new StoppedError("Stopped; nothing was changed."));
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const control: InstallControl = {
    step: (done, total, message) => {
      if (options.json) printJsonLine({ type: "progress", done, total, message });
      else process.stdout.write(`${message}...\n`);
    },
    log: (text) => process.stderr.write(text),
    signal: abort.signal,
  };
  try {
    const folder =
      options.libtensorflow === "python"
        ? await installPythonBinding({ ...(options.python ? { python: options.python } : {}) }, control)
        : await installPackage(backend, control);
    if (options.json) printJsonLine({ type: "ended", outcome: "done" });
    else process.stdout.write(`Installed in ${folder}.\nSee what runs now: trainlens doctor\n`);
  } catch (thrown) {
    const error = explain(thrown);
    if (options.json && !(error instanceof StoppedError)) {
      printJsonLine({ type: "ended", outcome: "failed", error: describeFailure(error) });
    }
    throw error;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

function explain(error: unknown): unknown {
  if (error instanceof BackendUnavailable) {
    return new UserError(`It cannot be installed: ${error.message}.`, error.advice, { cause: error });
  }
  return error;
}
