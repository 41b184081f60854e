/**
 * Trying one backend in a process of its own: a native library may end it by a signal, or never answer.
 *
 * The child (`trainlens doctor --probe NAME`) writes a JSON line for each thing that it has found out; whatever else
 * its libraries print is passed over.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import * as v from "valibot";
import { type BackendReport, type Choice, Speed } from "../../protocol/doctorReport";
import { parseAs } from "../../protocol/json";

/** What the child tells. */
export const ProbeLine = v.variant("probe", [
  /** The ladder passes it over, as "auto" does; it is tried by its name next. */
  v.object({ probe: v.literal("passedOver"), reason: v.string(), fix: v.string() }),
  v.object({
    probe: v.literal("opened"),
    name: v.string(),
    device: v.string(),
    version: v.string(),
    driver: v.optional(v.string()),
    reason: v.string(),
    passedOver: v.array(v.object({ name: v.string(), reason: v.string(), fix: v.string() })),
  }),
  v.object({ probe: v.literal("unavailable"), reason: v.string(), fix: v.string() }),
  /** What is done next: a crash is a crash of that. */
  v.object({ probe: v.literal("step"), text: v.string() }),
  v.object({ probe: v.literal("speed"), speed: Speed }),
  v.object({ probe: v.literal("failed"), message: v.string() }),
  /** The last line: what comes after it is the end of the process itself. */
  v.object({ probe: v.literal("done") }),
]);
export type ProbeLine = v.InferOutput<typeof ProbeLine>;
type LineOf<T extends ProbeLine["probe"]> = Extract<ProbeLine, { probe: T }>;

/** How a child came to its end. */
export interface ProbeEnd {
  lines: ProbeLine[];
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It was killed because it took longer than this, in seconds. */
  timedOut?: number;
  /** The end of its standard error. */
  errors: string;
  /** Where it could not be started. */
  spawnError?: string;
}

export interface ProbeCommand {
  executable: string;
  args: readonly string[];
  cwd?: string;
}

/** What is kept of a child's standard error. */
const ERRORS_KEPT = 4000;
/** Of it, lines that are shown. */
const LINES_SHOWN = 8;
/** How long a child that has told everything may take to end, ms. */
const ENDING = 10_000;

/**
 * Runs a child to its end, or for `patience` seconds.
 *
 * @param signal ends it at once.
 */
export async function runProbe(command: ProbeCommand, patience: number, signal?: AbortSignal): Promise<ProbeEnd> {
  const child = spawn(command.executable, command.args, {
    cwd: command.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const end: ProbeEnd = { lines: [], code: null, signal: null, errors: "" };
  const kill = (): void => void child.kill("SIGKILL");
  let timer = setTimeout(() => {
    end.timedOut = patience;
    kill();
  }, patience * 1000);
  signal?.addEventListener("abort", kill);

  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.flatMap((each) => parseLine(each) ?? [])) {
      end.lines.push(line);
      if (line.probe !== "done") continue;
      clearTimeout(timer);
      timer = setTimeout(() => {
        end.timedOut = ENDING / 1000;
        kill();
      }, ENDING);
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    end.errors = (end.errors + text).slice(-ERRORS_KEPT);
  });
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve({ ...end, spawnError: error.message }));
      child.once("close", (code, by) => resolve({ ...end, code, signal: by }));
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** A line as the parent reads it. It begins a line of its own, whatever a library has printed before. */
export function formatLine(line: ProbeLine): string {
  return `\n${JSON.stringify(line)}\n`;
}

function parseLine(text: string): ProbeLine | undefined {
  return text.startsWith('{"probe":') ? parseAs(ProbeLine, text) : undefined;
}

function find<T extends ProbeLine["probe"]>(end: ProbeEnd, probe: T): LineOf<T> | undefined {
  return end.lines.findLast((line): line is LineOf<T> => line.probe === probe);
}

/** A row of the doctor's table: what a child's story means for the backend that it tried. */
export function backendReport(name: string, end: ProbeEnd): BackendReport {
  const opened = find(end, "opened");
  const passedOver = find(end, "passedOver");
  const told = find(end, "done") !== undefined;
  if (!opened || !told) return { name, ...troubleOf(end) };
  const { device, version, driver } = opened;
  const speed = find(end, "speed")?.speed;
  const warning = endingOf(end);
  const facts = {
    name,
    device,
    version,
    ...(driver === undefined ? {} : { driver }),
    ...(speed === undefined ? {} : { speed }),
    ...(warning === undefined ? {} : { warning }),
  };
  return passedOver ? { ...facts, state: "byNameOnly", reason: passedOver.reason } : { ...facts, state: "usable" };
}

/** What "auto" takes, from the child that let the ladder choose. */
export function choiceReport(end: ProbeEnd): Choice {
  const opened = find(end, "opened");
  if (!opened || find(end, "done") === undefined) return troubleOf(end);
  const { name, device, reason, passedOver } = opened;
  return { state: "usable", name, device, reason, passedOver };
}

/** Where "auto" fails, the rows know which backend it was that ended the process, and which one works. */
export function blame(choice: Choice, backends: readonly BackendReport[]): Choice {
  if (choice.state === "usable") return choice;
  const culprit = backends.find(({ state }) => state === choice.state);
  const other = backends.find(({ state }) => state === "usable");
  return {
    ...choice,
    ...(culprit && "reason" in culprit ? { reason: `${culprit.name}: ${culprit.reason}` } : {}),
    ...(culprit && other
      ? { fix: `Until ${culprit.name} works, run with --backend ${other.name}, or set trainlens.backend to it.` }
      : {}),
  };
}

type Trouble = Extract<Choice, { fix: string }> & { output?: string };

/** Why a child has not told that its backend works. */
function troubleOf(end: ProbeEnd): Trouble {
  const unavailable = find(end, "unavailable");
  if (unavailable) return { state: "unavailable", reason: unavailable.reason, fix: unavailable.fix };
  const output = lastLines(end.errors);
  const shown = output === "" ? {} : { output };
  const during = find(end, "step")?.text ?? "while it was loaded";
  const without = "Until it works, choose another backend by name (--backend, or the setting trainlens.backend).";
  if (end.spawnError !== undefined)
    return { state: "failed", reason: `its process cannot be started: ${end.spawnError}`, fix: without, ...shown };
  if (end.timedOut !== undefined)
    return {
      state: "timedOut",
      reason: `it gave no answer within ${end.timedOut} s ${during}`,
      fix: `The machine may be busy, or a driver may hang: try again when nothing else runs. ${without}`,
      ...shown,
    };
  const failed = find(end, "failed");
  if (failed) return { state: "failed", reason: `${failed.message} (${during})`, fix: without, ...shown };
  const crash = crashOf(end);
  if (crash) return { state: "crashed", reason: `${crash.what} ${during}`, fix: `${crash.fix} ${without}`, ...shown };
  return { state: "failed", reason: `its process ended with code ${end.code} ${during}`, fix: without, ...shown };
}

/** A process that has told everything, and then did not end as it should. */
function endingOf(end: ProbeEnd): string | undefined {
  if (end.timedOut !== undefined) return `it works, and its process did not end within ${end.timedOut} s`;
  const crash = crashOf(end);
  return crash ? `it works, and ${crash.what} as it ended` : undefined;
}

const REINSTALL = "Install its package again, for this Node and this processor.";

/** Signals by which a native library ends a process, and what they mostly mean. */
const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGILL: "The library was built for a newer processor (AVX): take a build for this one.",
  SIGSEGV: REINSTALL,
  SIGABRT: REINSTALL,
  SIGBUS: REINSTALL,
  SIGFPE: REINSTALL,
  SIGKILL: "The system may have run out of memory: close other programs, or give it more.",
};

/** The same on Windows, where a process ends with the exception's number as its code. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  [0xc000001d]: "SIGILL",
  [0xc0000005]: "SIGSEGV",
  [0xc0000409]: "SIGABRT",
};

function crashOf({ code, signal }: ProbeEnd): { what: string; fix: string } | undefined {
  const name = signal ?? (code === null ? undefined : EXCEPTIONS[code >>> 0]);
  if (name === undefined) return undefined;
  return { what: `its process was ended by ${name}`, fix: SIGNALS[name as NodeJS.Signals] ?? REINSTALL };
}

/** Without the stacks that Node prints when a process aborts: the words before them are the library's. */
function lastLines(errors: string): string {
  return errors
    .replace(/^-+ Native stack trace -+$[^]*/m, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-LINES_SHOWN)
    .join("\n");
}

/** The command that tries a backend with this very program. */
export function probeCommand(
  name: string,
  { quick, libtensorflow, python }: { quick: boolean; libtensorflow?: string; python?: string },
): ProbeCommand {
  return {
    executable: process.execPath,
    args: [
      ...process.execArgv,
      process.argv[1],
      "doctor",
      "--probe",
      name,
      ...(quick ? ["--quick"] : []),
      ...(libtensorflow === undefined ? [] : ["--libtensorflow", libtensorflow]),
      ...(python === undefined ? [] : ["--python", python]),
    ],
  };
}
