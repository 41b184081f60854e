/** `trainlens explain`: SHAP values of a trained model, written as an explanation file. */
import { Command, Option } from "commander";
import path from "node:path";
import process from "node:process";
import { type EventSink, type NewRunEvent } from "../protocol/events";
import { METHOD_NAMES, type MethodName, type ModelMethod } from "../protocol/explainMethods";
import type { ExplanationFrame } from "../npz";
import { EXPLANATION_SUFFIX, RUN_FILES } from "../protocol/runFolder";
import { type BackendChoice, openChosen, withBackendChoice } from "./backendChoice";
import { type BackendName, explainMissingKernel } from "./backends";
import { printJsonLine } from "./console";
import { StoppedError, UsageError, UserError } from "./errors";
import type { TakeValues } from "./explain/blocks";
import { computeExplanation } from "./explain/compute";
import { type BackgroundChoice, type SampleChoice, parseBackground, parseSamples } from "./explain/choices";
import { explainTrees, wantsBackground } from "./explain/explainTrees";
import { loadExplainable } from "./explain/explainable";
import { loadInputs } from "./explain/inputs";
import { type JudgeChoice, describeJudgement, parseJudges } from "./explain/judge";
import { methodDraws, methodsHelp } from "./explain/methods";
import { DEFAULT_SEED, defaultName, pathInRun, writeExplanationFile } from "./explain/outputFile";
import { type Parameters, type TypedParameters, parseParameters, withParameters } from "./explain/parameters";
import {
  type LayersSubject,
  type Subject,
  type TreeFileSubject,
  type TreeRunSubject,
  findSubject,
} from "./explain/subject";
import { describeFailure } from "./failure";
import { positiveNumber, wholeNumber } from "./options";
import { isOutOfMemory } from "./outOfMemory";
import { EndingGuard } from "./processEnd";
import { EventFile } from "./runWriter";
import { StopControl } from "./stopControl";
import { checkWritable } from "./wholeFile";

interface ExplainOptions extends BackendChoice, TypedParameters {
  method?: MethodName;
  background?: string;
  samples?: string;
  output?: string;
  chunkMb?: string;
  seed?: string;
  judge?: string | true;
  json?: boolean;
}

export function explainCommand(): Command {
  const command = new Command("explain")
    .description("compute which features made a model answer as it did, and write them as an explanation file")
    .argument(
      "<run or model>",
      "a run's folder or id, a model.json of TensorFlow.js, a .keras or .h5 file of Keras, or for --method tree a file of trees",
    )
    .addOption(
      new Option("--method <name>", "which explainer (default: tree for a run of trees, deep for others)").choices(
        METHOD_NAMES,
      ),
    )
    .option(
      "--background <n or file>",
      "rows drawn from the train split, or an .npz file (default: 100; for --method tree none)",
    )
    .option("--samples <a-b or file>", "rows of the test split, counted from 0, or an .npz file (default: 0-9)")
    .option(
      "--output <file>",
      `where to write, ${EXPLANATION_SUFFIX}; a file that is there is replaced (default: in the run's explanations folder, named after method, samples and background)`,
    )
    .option("--chunk-mb <n>", "memory to take besides model and inputs, in MiB, however many samples (default: 256)")
    .option("--seed <n>", `of the rows drawn for the background, and of a method's draws (default: ${DEFAULT_SEED})`)
    .option(
      "--judge [names]",
      "score the explanation: additivity, faithfulness, infidelity, max-sensitivity, stability; all where none is named",
    )
    .option("--json", "print progress and the result as JSON lines")
    .addHelpText("after", methodsHelp());
  return withBackendChoice(withParameters(command)).action(explain);
}

/** What was asked, checked as far as it can be without reading anything. */
interface Plan {
  method: MethodName;
  samples: SampleChoice;
  background: BackgroundChoice;
  chunkMB: number;
  seed: number;
  parameters: Parameters;
  judges?: JudgeChoice;
}

async function explain(target: string, options: ExplainOptions): Promise<void> {
  const sink = options.json ? printJsonLine : printForPeople();
  const control = new StopControl();
  const guard = new EndingGuard(control.stopRequested);
  guard.recordIn(sink);
  try {
    const subject = await findSubject(target, options.method === "tree");
    const method = options.method ?? (isOfTrees(subject) ? "tree" : "deep");
    const plan: Plan = {
      method,
      samples: parseSamples(options.samples),
      background: parseBackground(options.background),
      chunkMB: options.chunkMb === undefined ? 256 : positiveNumber("--chunk-mb", options.chunkMb),
      seed: options.seed === undefined ? DEFAULT_SEED : wholeNumber("--seed", options.seed),
      parameters: parseParameters(method, options),
      ...(options.judge === undefined ? {} : { judges: parseJudges(options.judge) }),
    };
    if (plan.judges && (plan.parameters.interactions || plan.parameters.link === "logit"))
      throw new UsageError(
        "--judge is for values of single features, of the model's own answers.",
        "Leave out --interactions and --link, or --judge.",
      );
    const work = { plan, options, sink, control, guard };
    if (isOfTrees(subject)) {
      if (method !== "tree")
        throw new UsageError(
          `The run's model is of trees; --method ${method} explains others.`,
          "Write --method tree.",
        );
      await explainTreeSubject(subject, work);
    } else {
      if (method === "tree")
        throw new UsageError("The run's model is not of trees.", "Take another method; deep is the default.");
      await explainSubject(subject, method, work);
    }
    sink({ type: "ended", outcome: "done" });
  } catch (thrown) {
    const error = explainMemory(explainMissingKernel(thrown));
    if (error instanceof StoppedError) sink({ type: "ended", outcome: "stopped" });
    else sink({ type: "ended", outcome: "failed", error: describeFailure(error) });
    throw error;
  } finally {
    guard.dispose();
    await control.dispose();
  }
}

/** Running out of memory in words that help; any other error as it is. */
function explainMemory(error: unknown): unknown {
  if (error instanceof UserError || !isOutOfMemory(error)) return error;
  return new UserError(
    `The memory does not suffice to explain: ${error instanceof Error ? error.message : String(error)}.`,
    "Lower --chunk-mb, or explain fewer samples at a time.",
    { cause: error },
  );
}

/** What explaining needs besides its subject. */
interface Work {
  plan: Plan;
  options: ExplainOptions;
  sink: EventSink;
  control: StopControl;
  guard: EndingGuard;
}

function isOfTrees(subject: Subject): subject is TreeFileSubject | TreeRunSubject {
  return subject.kind === "tree file" || subject.kind === "tree run";
}

async function explainTreeSubject(subject: TreeFileSubject | TreeRunSubject, work: Work): Promise<void> {
  const { plan, options, sink, control, guard } = work;
  const output = outputFile(subject, plan, options);
  await checkWritable(output);
  const { samples, background, parameters, seed, chunkMB, judges } = plan;
  await write(subject, output, work, (takeValues) =>
    guard.during(
      "The recipe's data",
      explainTrees({
        ...{ subject, samples, background, parameters, seed, chunkMB, takeValues },
        ...(judges ? { judges } : {}),
        stopRequested: control.stopRequested,
        progress: (fraction) => sink({ type: "progress", done: fraction, total: 1 }),
      }),
    ),
  );
}

async function explainSubject(subject: LayersSubject, method: ModelMethod, work: Work): Promise<void> {
  const { plan, options } = work;
  const output = outputFile(subject, plan, options);
  await checkWritable(output);
  const searched = subject.kind === "run" ? { recipe: path.dirname(subject.manifest.recipe.path) } : {};
  const backend = await openChosen(options, searched);
  try {
    await explainWith(backend.facts.name, subject, method, output, work);
  } finally {
    await backend.close();
  }
}

async function explainWith(
  backend: BackendName,
  subject: LayersSubject,
  method: ModelMethod,
  output: string,
  work: Work,
): Promise<void> {
  const { plan, sink, control, guard } = work;
  const loading = loadInputs(subject, plan.samples, plan.background, plan.seed);
  const inputs = await guard.during("The recipe's data", loading);
  const model = await loadExplainable(subject.modelFile, inputs.samples.shape);
  try {
    await write(subject, output, work, (takeValues) =>
      computeExplanation(model, inputs, {
        method,
        parameters: plan.parameters,
        chunkMB: plan.chunkMB,
        seed: plan.seed,
        ...(plan.judges ? { judges: plan.judges } : {}),
        backend,
        model: subject.kind === "run" ? subject.manifest.recipe.name : path.basename(subject.modelFile),
        takeValues,
        stopRequested: control.stopRequested,
        progress: (fraction) => sink({ type: "progress", done: fraction, total: 1 }),
      }),
    );
  } finally {
    model.dispose();
  }
}

/** Writes an explanation while it is computed, and tells of it. */
async function write(
  subject: Subject,
  output: string,
  { plan, options, sink }: Work,
  compute: (takeValues: TakeValues) => Promise<ExplanationFrame>,
): Promise<void> {
  const explanation = await writeExplanationFile(output, compute);
  const { seconds = 0, additivityError = NaN } = explanation.meta;
  const event: NewRunEvent = {
    type: "explained",
    name: path.basename(output).replace(EXPLANATION_SUFFIX, ""),
    path: "folder" in subject ? pathInRun(subject.folder, output) : output,
    method: plan.method,
    samples: explanation.samples,
    background: explanation.meta.background ?? 0,
    seconds,
    additivityError,
  };
  if ("folder" in subject) {
    const file = new EventFile(path.join(subject.folder, RUN_FILES.events));
    try {
      file.append(event);
    } finally {
      file.close();
    }
  }
  sink(event);
  const { judgement } = explanation.meta;
  if (judgement && !options.json) process.stdout.write(`${describeJudgement(judgement).join("\n")}\n`);
  if (!options.json) process.stdout.write(`Written: ${output}\nPlot it: trainlens plot ${output}\n`);
}

/** @throws UsageError */
function outputFile(subject: Subject, plan: Plan, { output }: ExplainOptions): string {
  if (output !== undefined) {
    if (output.endsWith(EXPLANATION_SUFFIX)) return path.resolve(output);
    throw new UsageError(
      `--output ${output} does not end in ${EXPLANATION_SUFFIX}.`,
      `Write --output NAME${EXPLANATION_SUFFIX}.`,
    );
  }
  const { background, method, judges: _, ...rest } = plan;
  const name = defaultName({
    ...rest,
    ...(method === "tree" && !wantsBackground(plan) ? {} : { background }),
    method,
    parameters: { ...plan.parameters },
    draws: methodDraws(method),
  });
  return "folder" in subject ? path.join(subject.folder, RUN_FILES.explanations, name) : path.resolve(name);
}

/** One line of progress where somebody watches, and one when it is done. */
function printForPeople(): EventSink {
  return (event) => {
    if (event.type === "progress" && process.stderr.isTTY) {
      process.stderr.write(
        `\rExplaining: ${Math.round((event.done / event.total) * 100)}% ${event.done === event.total ? "\n" : ""}`,
      );
    }
    if (event.type === "explained") {
      process.stdout.write(
        `Explained ${event.samples} samples${event.background > 0 ? ` against ${event.background} references` : ""}${event.seconds === undefined ? "" : ` in ${event.seconds.toFixed(2)} s`}; additivity error ${event.additivityError.toExponential(1)}\n`,
      );
    }
  };
}
