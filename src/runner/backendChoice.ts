/** The options by which commands take their backend. */
import { type Command, Option } from "commander";
import { BACKEND_NAMES, type BackendName, type OpenBackend, openBackend } from "./backends";
import { type BackendOptions, LIBTENSORFLOW, type LibTensorFlow } from "./backends/rung";

export interface BackendChoice {
  backend?: BackendName | "auto";
  libtensorflow?: LibTensorFlow;
  python?: string;
}

export function withBackendChoice(command: Command): Command {
  return withLibraryChoice(
    command.addOption(
      new Option("--backend <name>", "what runs the numerics (default: auto)").choices(["auto", ...BACKEND_NAMES]),
    ),
  );
}

/** The part of it that says how the native backends are loaded. */
export function withLibraryChoice(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--libtensorflow <whose>",
        "for cuda and native: the package's own, or that of a Python environment (default: what is installed)",
      ).choices(LIBTENSORFLOW),
    )
    .option("--python <path>", "the interpreter of that environment (default: the first found with TensorFlow)");
}

/** Opens what was chosen; its allocations succeed or throw. @throws UserError, see openBackend. */
export function openChosen(
  { backend = "auto", libtensorflow, python }: BackendChoice,
  options: BackendOptions,
): Promise<OpenBackend> {
  return openBackend(backend, {
    ...options,
    ...(libtensorflow ? { libtensorflow } : {}),
    ...(python ? { python } : {}),
  });
}
