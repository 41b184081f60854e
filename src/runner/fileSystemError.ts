import { UserError } from "./errors";

const REASONS: Record<string, { what: string; advice: string }> = {
  ENOSPC: {
    what: "the disk is full",
    advice: "Free some space, then go on with `trainlens train --resume --run <folder>`.",
  },
  EDQUOT: { what: "the disk quota is used up", advice: "Free some space, then try again." },
  EFBIG: {
    what: "the file would be larger than the system allows",
    advice: "Raise the limit on file sizes, then try again.",
  },
  EACCES: { what: "permission is denied", advice: "Use a folder that you may write to." },
  EPERM: { what: "permission is denied", advice: "Use a folder that you may write to." },
  EROFS: { what: "the file system is read-only", advice: "Use a folder that you may write to." },
  ENOTDIR: { what: "a part of the path is a file, not a folder", advice: "Give another path." },
  ENOENT: { what: "it does not exist", advice: "Check the path." },
  EISDIR: { what: "it is a folder", advice: "Give the path of a file." },
};

export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** A failure of the file system as an error that says what to do; any other error as it is. */
export function fileSystemError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const reason = REASONS[error.code];
  return new UserError(`${what}: ${reason?.what ?? error.message}.`, reason?.advice, { cause: error });
}
