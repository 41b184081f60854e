/** Which run a command is about. */
import * as vscode from "vscode";
import { HostError } from "../host/errors";
import { formatAgo, formatMetric } from "../host/format";
import { bestMetric } from "../protocol/reducer";
import { Run } from "../runs/run";
import { statusText } from "../runs/runText";
import type { Parts } from "./parts";
import { pickOne } from "./pickOne";

export interface RunChoice {
  /** Above the list. */
  placeHolder: string;
  /** Said where no run qualifies. */
  none: string;
  filter: (run: Run) => boolean;
}

/**
 * The run that an argument names (its id, or the tree's node), else the one the user picks from those that qualify.
 *
 * @returns undefined where the user picks none.
 * @throws HostError for an id that no run has, or where no run qualifies.
 */
export async function resolveRun({ runs }: Parts, argument: unknown, choice: RunChoice): Promise<Run | undefined> {
  if (argument instanceof Run) return argument;
  await runs.refresh();
  if (typeof argument === "string") {
    const run = runs.get(argument);
    if (!run) throw new HostError(vscode.l10n.t("There is no run {0}.", argument), vscode.l10n.t("Was it deleted?"));
    return run;
  }
  const candidates = runs.all.filter(choice.filter);
  if (candidates.length === 0) throw new HostError(choice.none);
  const picked = await pickOne(
    candidates.map((run) => {
      const best = bestMetric(run.state);
      return {
        run,
        label: run.manifest.recipe.name,
        description: [statusText(run.status), best ? `${best.name} ${formatMetric(best.name, best.value)}` : ""]
          .filter(Boolean)
          .join(" · "),
        detail: `${run.id} · ${formatAgo(run.manifest.created, Date.now())}`,
      };
    }),
    { placeHolder: choice.placeHolder, matchOnDescription: true, matchOnDetail: true },
  );
  return picked?.run;
}

/** Every run qualifies. */
export const anyRun = (placeHolder: string): RunChoice => ({
  placeHolder,
  none: vscode.l10n.t("There are no runs yet."),
  filter: () => true,
});
