/** Rows and files that are broken: counted, the first of them named; skipped or refused, as the recipe says. */
import { DataError } from "./dataError";
import type { LoadingNotes } from "./trainingData";

/** What is done about a row or file that cannot be read: the load fails, or goes on without it. */
export type OnBroken = "refuse" | "skip";

/** Named one by one; the rest is counted. */
const NAMED = 10;

export class Problems {
  private count = 0;
  private readonly named: string[] = [];

  /** @param what in the plural: "rows", "pictures". */
  constructor(
    private readonly file: string,
    private readonly what: string,
    private readonly onBroken: OnBroken,
  ) {}

  /** @param problem the place and the reason: "line 17 has 5 fields, not 6". */
  add(problem: string): void {
    this.count++;
    if (this.named.length < NAMED) this.named.push(problem);
  }

  /** Whether what is broken is left out. */
  get skipped(): boolean {
    return this.onBroken === "skip";
  }

  /** @throws DataError that names them, where they are refused. */
  check(): void {
    if (this.count === 0 || this.skipped) return;
    const rest = this.count - this.named.length;
    throw new DataError(
      `${this.file} has ${this.count} ${this.what} that cannot be used: ${this.named.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}.`,
      'Mend them, or leave them out: onBroken: "skip".',
    );
  }

  get notes(): LoadingNotes {
    return this.count === 0 ? {} : { skipped: this.count, problems: [...this.named] };
  }
}
