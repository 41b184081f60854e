/** A decision tree, from left to right: a node tells its comparison, its rows and their classes; keys and the pointer fold it. */
import { type JSX, render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TreeNodes } from "../../src/protocol/treeNodes";
import { t } from "../l10n";
import type { PlotTheme } from "../theme";
import { formatNumber } from "./layout/numbers";
import {
  type PlacedNode,
  type TreeLayout,
  type TreeSizes,
  foldedAtFirst,
  foldedBelow,
  pathTo,
  treeKey,
  treeLayout,
} from "./layout/tree";
import { type TreeNames, answerOf, countsOf, nodeLabel, ruleSentence } from "./treeWords";

export interface TreePlotOptions extends TreeNames {
  theme: PlotTheme;
}

export interface TreePlotHandle {
  update(tree: TreeNodes, options: TreePlotOptions): void;
  dispose(): void;
}

const SIZES: TreeSizes = { width: 200, height: 50, across: 42, between: 12 };
/** Between an edge's end and its word: above where the comparison holds, below where it does not, clear of the curve. */
const PAD = { right: 5, above: 6, below: 15 };

/** Draws into the container, which it then owns. Another tree begins anew; another theme leaves what is unfolded. */
export function treePlot(container: Element, tree: TreeNodes, options: TreePlotOptions): TreePlotHandle {
  let key = 0;
  let shown = tree;
  const draw = (next: TreeNodes, nextOptions: TreePlotOptions): void => {
    if (next !== shown) key++;
    shown = next;
    render(<TreePlot key={key} tree={next} options={nextOptions} />, container);
  };
  draw(tree, options);
  return { update: draw, dispose: () => render(null, container) };
}

function TreePlot({ tree, options }: { tree: TreeNodes; options: TreePlotOptions }): JSX.Element {
  const [folded, setFolded] = useState(() => foldedAtFirst(tree));
  const [chosen, setChosen] = useState(0);
  const items = useRef(new Map<number, HTMLElement>());
  /** Set where a key has moved the focus: the node may be drawn only now. */
  const focusNext = useRef(false);
  const layout = treeLayout(tree, folded, SIZES);
  // What was chosen may be folded away.
  const current = pathTo(tree, chosen).findLast((node) => layout.nodes.some((placed) => placed.node === node)) ?? 0;
  const path = new Set(pathTo(tree, current));

  useEffect(() => {
    if (!focusNext.current) return;
    focusNext.current = false;
    items.current.get(current)?.focus();
  });

  const fold = (node: number, folds: boolean): void => {
    const next = new Set(folded);
    if (folds) next.add(node);
    else next.delete(node);
    setFolded(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = treeKey(layout, current, event.key);
    if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if ("fold" in move) return fold(current, move.fold);
    focusNext.current = true;
    setChosen(move.focus);
  };
  const isBig = tree.children_left.length > 3;
  return (
    <div class="tree-plot">
      <div class="tree-scroll">
        <div
          class="tree-nodes"
          role="tree"
          aria-label={t("Decision tree")}
          style={{ width: `${layout.width}px`, height: `${layout.height}px` }}
          onKeyDown={onKeyDown}
        >
          <Edges layout={layout} path={path} />
          {layout.nodes.map((placed) => (
            <Node
              key={placed.node}
              {...{ tree, placed, options }}
              current={placed.node === current}
              onPath={path.has(placed.node)}
              element={(item) => {
                if (item) items.current.set(placed.node, item);
                else items.current.delete(placed.node);
              }}
              onChoose={() => setChosen(placed.node)}
              onFold={() => fold(placed.node, placed.kind === "split")}
            />
          ))}
        </div>
      </div>
      <p class="tree-rule" aria-live="polite">
        {ruleSentence(tree, current, options)}
      </p>
      {isBig ? (
        <div class="verbs">
          <vscode-button appearance="secondary" onClick={() => setFolded(new Set())}>
            {t("Unfold All")}
            <span slot="start" class="codicon codicon-expand-all" />
          </vscode-button>
          <vscode-button appearance="secondary" onClick={() => setFolded(foldedBelow(tree, 1))}>
            {t("Fold All")}
            <span slot="start" class="codicon codicon-collapse-all" />
          </vscode-button>
        </div>
      ) : null}
    </div>
  );
}

interface NodeProps {
  tree: TreeNodes;
  placed: PlacedNode;
  options: TreePlotOptions;
  current: boolean;
  onPath: boolean;
  element: (item: HTMLElement | null) => void;
  onChoose: () => void;
  onFold: () => void;
}

function Node({ tree, placed, options, current, onPath, element, onChoose, onFold }: NodeProps): JSX.Element {
  const { node, x, y, depth, kind, from } = placed;
  const label = nodeLabel(tree, placed, options);
  const isLeaf = kind === "leaf";
  return (
    <div
      ref={element}
      class={["tree-node", kind, onPath ? "on-path" : "", current ? "current" : ""].join(" ")}
      role="treeitem"
      aria-label={label}
      aria-level={depth + 1}
      aria-setsize={from ? 2 : 1}
      aria-posinset={from?.holds === false ? 2 : 1}
      aria-selected={current}
      {...(isLeaf ? {} : { "aria-expanded": kind === "split" })}
      tabIndex={current ? 0 : -1}
      title={label}
      style={{ left: `${x}px`, top: `${y}px`, width: `${SIZES.width}px`, height: `${SIZES.height}px` }}
      onFocus={onChoose}
      onClick={onChoose}
      onDblClick={onFold}
    >
      <span class="tree-text">
        {isLeaf ? (
          <strong class="tree-name">{answerOf(tree, node, options)}</strong>
        ) : (
          <>
            <span class="tree-name">{options.feature_names[tree.feature[node]]}</span>
            <span class="tree-threshold">{`≤ ${formatNumber(tree.threshold[node])}`}</span>
          </>
        )}
      </span>
      <span class="tree-counts">
        <span class="tree-name">
          {countsOf(tree, node, options)}
          {isLeaf ? "" : ` · ${answerOf(tree, node, options)}`}
        </span>
        {isLeaf ? null : (
          <button
            type="button"
            class={`tree-fold codicon codicon-${kind === "folded" ? "chevron-right" : "chevron-down"}`}
            tabIndex={-1}
            aria-hidden="true"
            onClick={onFold}
          />
        )}
      </span>
      <Bar {...{ tree, node, options }} />
    </div>
  );
}

/** Shares of the classes side by side; of a quantity, where its mean lies between the tree's lowest and highest. */
function Bar({ tree, node, options }: Pick<NodeProps, "tree" | "options"> & { node: number }): JSX.Element {
  const { theme, task } = options;
  const value = tree.value[node];
  if (task === "classification")
    return (
      <span class="tree-bar">
        {value.map((share, k) => (
          <span key={k} style={{ width: `${share * 100}%`, background: theme.series[k % theme.series.length] }} />
        ))}
      </span>
    );
  const all = tree.value.map(([mean]) => mean);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const share = most > least ? (value[0] - least) / (most - least) : 1;
  return (
    <span class="tree-bar">
      <span style={{ width: `${Math.max(2, share * 100)}%`, background: theme.series[0] }} />
    </span>
  );
}

/** Curves from nodes to children, and on them whether the comparison holds. */
function Edges({ layout, path }: { layout: TreeLayout; path: ReadonlySet<number> }): JSX.Element {
  const places = new Map(layout.nodes.map((placed) => [placed.node, placed]));
  return (
    <svg width={layout.width} height={layout.height} aria-hidden="true">
      {layout.nodes.map(({ node, x, y, from }) => {
        const parent = from && places.get(from.parent);
        if (!parent) return null;
        const [x0, y0] = [parent.x + SIZES.width, parent.y + SIZES.height / 2];
        const [x1, y1] = [x, y + SIZES.height / 2];
        const middle = (x0 + x1) / 2;
        return (
          <g key={node} class={path.has(node) ? "on-path" : ""}>
            <path d={`M${x0},${y0} C${middle},${y0} ${middle},${y1} ${x1},${y1}`} />
            <text x={x1 - PAD.right} y={from.holds ? y1 - PAD.above : y1 + PAD.below} text-anchor="end">
              {from.holds ? t("yes") : t("no")}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
