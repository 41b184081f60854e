/** What a file or folder of data holds, as far as a recipe for it must know. */
import * as v from "valibot";
import { parseAs } from "./json";

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const LearningTask = v.picklist(["classification", "regression"]);
export type LearningTask = v.InferOutput<typeof LearningTask>;

/** An option of a loader: JSON, where `{ file }` is an absolute path, which a recipe writes relative to itself. */
export type LoadOption = string | number | boolean | LoadOption[] | { [name: string]: LoadOption };
const LoadOption: v.GenericSchema<LoadOption> = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.array(v.lazy(() => LoadOption)),
  v.record(
    v.string(),
    v.lazy(() => LoadOption),
  ),
]);

/** The call of `trainlens/data` that loads it. */
const Load = v.object({
  loader: v.picklist(["csv", "npz", "npy", "idx", "imageFolder"]),
  /** What stands before the options, absolute. */
  files: v.array(v.string()),
  options: v.record(v.string(), LoadOption),
});
export type Load = v.InferOutput<typeof Load>;

const ClassCount = v.object({ name: v.string(), count: Count });

/** A column of a table, by all its rows. */
const DataColumn = v.object({
  name: v.string(),
  /** "text": nearly every row has another one, so that it is no category; "empty": no row has any. */
  kind: v.picklist(["number", "category", "text", "empty"]),
  distinct: Count,
  missing: Count,
  /** What it can be learned as, the likelier first; none where it can be no target. */
  tasks: v.array(LearningTask),
  /** Examples of the smallest and the largest class, where it can be learned as classes. */
  classSizes: v.optional(v.tuple([Count, Count])),
});
export type DataColumn = v.InferOutput<typeof DataColumn>;

/** Where it lies, its name without an ending, and how it is loaded. */
const common = { path: v.string(), name: v.string(), load: Load };

export const DataFacts = v.variant("kind", [
  v.object({
    kind: v.literal("table"),
    ...common,
    rows: Count,
    columns: v.array(DataColumn),
    /** The column that is most likely to be predicted. */
    target: v.string(),
  }),
  v.object({
    kind: v.literal("examples"),
    ...common,
    examples: Count,
    /** Of one example. */
    inputShape: v.array(Count),
    task: LearningTask,
    /** Numbers that a model answers with: classes, or quantities. */
    outputs: Count,
    /** Empty where the targets are quantities. */
    classes: v.array(ClassCount),
  }),
]);
export type DataFacts = v.InferOutput<typeof DataFacts>;
export type TableFacts = Extract<DataFacts, { kind: "table" }>;
export type ExampleFacts = Extract<DataFacts, { kind: "examples" }>;

/** What a process printed, as facts; undefined where it is something else. */
export function parseDataFacts(output: string): DataFacts | undefined {
  return parseAs(DataFacts, output);
}
