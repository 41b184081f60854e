/** The trees of a run whose model is of trees: one of them drawn, and a chooser where there are several. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { TreeModel } from "../../src/protocol/treeModel";
import { Choice } from "../controls/Field";
import { useTheme } from "../controls/hooks";
import { t } from "../l10n";
import { type TreePlotHandle, treePlot } from "../plots/treePlot";

/** What the host has sent of them. */
export type ShownTrees = { model: TreeModel } | { failure: string };

export interface TreesProps {
  trees: ShownTrees | undefined;
  /** Which tree is shown, from 0. */
  chosen: number;
  onChoose: (tree: number) => void;
}

export function Trees({ trees, ...rest }: TreesProps): JSX.Element | null {
  if (!trees) return null;
  if ("failure" in trees)
    return (
      <section aria-label={t("Tree")}>
        <h2>{t("Tree")}</h2>
        <p class="note warning" role="alert">
          {trees.failure}
        </p>
      </section>
    );
  return <Drawn model={trees.model} {...rest} />;
}

function Drawn({ model, chosen, onChoose }: { model: TreeModel } & Omit<TreesProps, "trees">): JSX.Element {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<TreePlotHandle>();
  const theme = useTheme();
  const count = model.trees.length;
  const tree = model.trees[Math.min(chosen, count - 1)];
  useEffect(() => {
    if (!container.current) return;
    const options = { ...model, theme };
    if (plot.current) plot.current.update(tree, options);
    else plot.current = treePlot(container.current, tree, options);
  }, [tree, theme, model]);
  useEffect(() => () => plot.current?.dispose(), []);
  const help = t("A forest answers with the mean of its trees; each has seen other rows and features.");
  return (
    <section aria-label={t("Tree")} class="trees">
      <h2>{count > 1 ? t("Tree {0} of {1}", Math.min(chosen, count - 1) + 1, count) : t("Tree")}</h2>
      <p class="note">
        {t(
          "Read from left to right: above goes on where the comparison holds. The bar under a node shows what its training rows say.",
        )}
      </p>
      {count > 1 ? (
        <div class="controls">
          <Choice
            id="tree"
            label={t("Tree")}
            help={help}
            showHelp={false}
            options={model.trees.map((_, i) => ({ value: String(i), text: String(i + 1) }))}
            value={String(Math.min(chosen, count - 1))}
            onChange={(value) => onChoose(Number(value))}
          />
        </div>
      ) : null}
      {model.task === "classification" ? (
        <ul class="tree-key" aria-label={t("Colours of the classes")}>
          {model.output_names.map((name, k) => (
            <li key={name}>
              <span style={{ background: theme.series[k % theme.series.length] }} />
              {name}
            </li>
          ))}
        </ul>
      ) : null}
      <div ref={container} />
    </section>
  );
}
