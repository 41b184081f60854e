/** What an epoch of a run is called: of trees it is no pass over the data. */
import type { RunState } from "../../src/protocol/reducer";
import { t } from "../l10n";

export interface EpochWords {
  name: string;
  /** Under a chart's axis. */
  axis: string;
  help: string;
}

export function epochWords({ trees }: RunState): EpochWords {
  if (trees?.kind === "random forest")
    return { name: t("Tree"), axis: t("trees"), help: t("A forest grows one tree after the other.") };
  if (trees)
    return {
      name: t("Level"),
      axis: t("levels of splits"),
      help: t("What the tree would answer if it were cut below so many splits."),
    };
  return { name: t("Epoch"), axis: t("epoch"), help: t("One epoch is one pass over all training data.") };
}
