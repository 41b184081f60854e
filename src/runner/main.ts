/** The command line: wires the commands, and maps errors to words and exit codes. */
import { Command, CommanderError } from "commander";
import module from "node:module";
import process from "node:process";
import { EXIT_CODES, StoppedError, UsageError, UserError } from "./errors";

declare const TRAINLENS_VERSION: string;

/** Each command's code is loaded when it is asked for: `runs` needs no TensorFlow. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  new: async () => (await import("./new")).newCommand(),
  train: async () => (await import("./train")).trainCommand(),
  check: async () => (await import("./check")).checkCommand(),
  sweep: async () => (await import("./sweep")).sweepCommand(),
  preview: async () => (await import("./preview")).previewCommand(),
  explain: async () => (await import("./explain")).explainCommand(),
  compare: async () => (await import("./compare")).compareCommand(),
  plot: async () => (await import("./plot")).plotCommand(),
  "install-backend": async () => (await import("./installBackend")).installBackendCommand(),
  runs: async () => (await import("./runs")).runsCommand(),
  doctor: async () => (await import("./doctor")).doctorCommand(),
};

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("trainlens")
    .description("Train models and see why they answer what they answer.")
    .version(TRAINLENS_VERSION)
    .exitOverride();
  const asked = argv.find((argument) => !argument.startsWith("-"));
  const wanted = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  for (const name of wanted) program.addCommand(withHelp(await COMMANDS[name]()));
  try {
    await program.parseAsync(argv, { from: "user" });
    return EXIT_CODES.done;
  } catch (error) {
    return report(error);
  }
}

function withHelp(command: Command): Command {
  return command.exitOverride().showHelpAfterError("(add --help for what it takes)");
}

/** Says what went wrong on stderr; commander has printed its own errors already. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    const asked = ["commander.helpDisplayed", "commander.version", "commander.help"].includes(error.code);
    return asked && error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
  }
  if (error instanceof StoppedError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_CODES.stopped;
  }
  if (error instanceof UserError) {
    process.stderr.write(`error: ${error.message}\n${error.advice === undefined ? "" : `${error.advice}\n`}`);
    return error instanceof UsageError ? EXIT_CODES.usage : EXIT_CODES.failed;
  }
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_CODES.failed;
}

/** Newer Nodes keep compiled code between runs; @types/node of the oldest supported one does not know. */
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
// A reader that has seen enough (`trainlens runs | head -1`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
