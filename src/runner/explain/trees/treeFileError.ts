import * as v from "valibot";

/** A tree file that is broken, or that holds what cannot be explained. The message says what. */
export class TreeFileError extends Error {
  override readonly name = "TreeFileError";
}

/** A value by its schema; the error names the place. @throws TreeFileError */
export function checked<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new TreeFileError(`${v.getDotPath(issue) ?? "the file"}: ${issue.message}.`);
}
