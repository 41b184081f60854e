import type { TrialStatus } from "../../src/protocol/sweep";
import { t } from "../l10n";

/** The state of a trial in words. */
export function trialWord(status: TrialStatus): string {
  const words: Record<TrialStatus, string> = {
    waiting: t("Waiting"),
    pruned: t("Given up"),
    starting: t("Starting"),
    running: t("Training"),
    stopping: t("Stopping"),
    done: t("Done"),
    stopped: t("Stopped"),
    failed: t("Failed"),
    crashed: t("Crashed"),
  };
  return words[status];
}
