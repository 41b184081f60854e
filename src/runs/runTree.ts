/** The Runs view: runs newest first; below each its explanations and what went wrong. */
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { formatAgo, formatDuration, formatMetric } from "../host/format";
import type { RunEventOf } from "../protocol/events";
import { type RunStatus, bestMetric, trainingPosition } from "../protocol/reducer";
import { Run } from "./run";
import { statusText } from "./runText";
import type { Runs } from "./runs";

export interface ExplanationNode {
  kind: "explanation";
  run: Run;
  explanation: RunEventOf<"explained">;
}

interface ProblemNode {
  kind: "problem";
  run: Run;
  level: "warning" | "error";
  message: string;
  detail: string;
}

export type RunTreeNode = Run | ExplanationNode | ProblemNode;

/** Between two redraws of the view, ms. */
const REDRAW_INTERVAL = 250;

/** "3 minutes ago" grows old, ms. */
const AGO_INTERVAL = 30_000;

const ICONS: Record<RunStatus, vscode.ThemeIcon> = {
  starting: new vscode.ThemeIcon("loading~spin"),
  running: new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("charts.blue")),
  stopping: new vscode.ThemeIcon("loading~spin", new vscode.ThemeColor("charts.yellow")),
  done: new vscode.ThemeIcon("pass-filled", new vscode.ThemeColor("testing.iconPassed")),
  stopped: new vscode.ThemeIcon("debug-pause", new vscode.ThemeColor("charts.yellow")),
  failed: new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed")),
  crashed: new vscode.ThemeIcon("warning", new vscode.ThemeColor("testing.iconFailed")),
};

/** A run of which nothing but its manifest could be read. */
const UNREADABLE = new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed"));

export class RunTree implements vscode.TreeDataProvider<RunTreeNode>, vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly redraw = this.store.add(new vscode.EventEmitter<RunTreeNode | undefined>());
  private readonly view: vscode.TreeView<RunTreeNode>;
  private readonly stale = new Set<Run>();
  private listIsStale = false;
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.redraw.event;

  constructor(private readonly runs: Runs) {
    this.view = this.store.add(
      vscode.window.createTreeView<RunTreeNode>("trainlens.runs", { treeDataProvider: this, showCollapseAll: true }),
    );
    this.store.add(runs.onDidChange((run) => this.changed(run)));
    const ago = setInterval(() => this.view.visible && this.changed(undefined), AGO_INTERVAL);
    this.store.add({
      dispose: () => {
        clearInterval(ago);
        clearTimeout(this.timer);
      },
    });
  }

  dispose(): void {
    this.store.dispose();
  }

  async getChildren(node?: RunTreeNode): Promise<RunTreeNode[]> {
    if (node === undefined) {
      // The first look waits for the list, so that "No runs yet" never flashes over a history.
      if (this.runs.all.length === 0) await this.runs.refresh();
      return this.runs.all;
    }
    return node instanceof Run ? children(node) : [];
  }

  getParent(node: RunTreeNode): Run | undefined {
    return node instanceof Run ? undefined : node.run;
  }

  getTreeItem(node: RunTreeNode): vscode.TreeItem {
    if (node instanceof Run) return runItem(node);
    return node.kind === "explanation" ? explanationItem(node) : problemItem(node);
  }

  private changed(run: Run | undefined): void {
    if (run) this.stale.add(run);
    else this.listIsStale = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.listIsStale) this.redraw.fire(undefined);
      else this.stale.forEach((each) => this.redraw.fire(each));
      this.listIsStale = false;
      this.stale.clear();
      const count = this.runs.active.length;
      this.view.badge =
        count > 0 ? { value: count, tooltip: vscode.l10n.t("{0} runs are training", count) } : undefined;
    }, REDRAW_INTERVAL);
  }
}

function children(run: Run): RunTreeNode[] {
  if (!run.loaded && run.problem !== undefined)
    return [{ kind: "problem", run, level: "error", message: run.problem, detail: run.problem }];
  const problems: ProblemNode[] = run.state.logs.flatMap((log) =>
    log.level === "info" ? [] : [{ kind: "problem", run, level: log.level, message: log.message, detail: log.message }],
  );
  const { phase } = run.state;
  if (phase.kind === "ended" && phase.error && !run.isActive) {
    const { message, advice } = phase.error;
    problems.push({
      kind: "problem",
      run,
      level: "error",
      message,
      detail: advice ? `${message}\n\n${advice}` : message,
    });
  }
  if (run.status === "crashed") {
    const message = vscode.l10n.t("The process is gone without an ending; its output may say why.");
    problems.push({ kind: "problem", run, level: "error", message, detail: message });
  }
  const explanations = run.state.explanations.map((explanation): ExplanationNode => ({
    kind: "explanation",
    run,
    explanation,
  }));
  return [...explanations, ...problems];
}

function runItem(run: Run): vscode.TreeItem {
  const { state, manifest } = run;
  const best = bestMetric(state);
  const { name } = manifest.recipe;
  const label = best ? `${name}  ${formatBest(best)}` : name;
  const item = new vscode.TreeItem(label);
  item.id = run.folder;
  item.iconPath = icon(run);
  item.description = run.loaded ? describe(run) : run.problem === undefined ? "" : vscode.l10n.t("cannot be read");
  item.tooltip = tooltip(run);
  item.contextValue = [
    "run",
    run.isActive ? "active" : "",
    run.canResume ? "resumable" : "",
    run.canExplain ? "explainable" : "",
    manifest.sweep ? "trial" : "",
  ]
    .filter(Boolean)
    .join(" ");
  item.collapsibleState =
    children(run).length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
  item.command = { command: "trainlens.openRun", title: vscode.l10n.t("Open Training Panel"), arguments: [run.id] };
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  return item;
}

function icon(run: Run): vscode.ThemeIcon {
  if (run.loaded) return ICONS[run.status];
  return run.problem === undefined ? new vscode.ThemeIcon("loading~spin") : UNREADABLE;
}

/** "97.12 %" says what it is by itself; a loss is named. */
function formatBest({ name, value }: { name: string; value: number }): string {
  const text = formatMetric(name, value);
  return text.endsWith("%") ? text : `${name} ${text}`;
}

/** "epoch 3 of 10 · 34 s", "done · 1 min 5 s · 3 minutes ago". */
function describe(run: Run): string {
  const position = trainingPosition(run.state);
  const parts =
    run.status === "running" && position
      ? [vscode.l10n.t("epoch {0} of {1}", position.epoch, position.epochs)]
      : [statusText(run.status)];
  if (run.manifest.sweep) parts.unshift(vscode.l10n.t("trial {0}", run.manifest.sweep.trial));
  if (run.state.activeSeconds > 0) parts.push(formatDuration(run.state.activeSeconds));
  if (!run.isActive) parts.push(formatAgo(run.state.lastTime ?? run.manifest.created, Date.now()));
  return parts.join(" · ");
}

function tooltip(run: Run): vscode.MarkdownString {
  const { state, manifest } = run;
  const markdown = new vscode.MarkdownString();
  const line = (label: string, value: string): void => {
    markdown.appendMarkdown("\n- **").appendText(label).appendMarkdown("** ").appendText(value);
  };
  markdown.appendMarkdown("**").appendText(manifest.recipe.name).appendMarkdown("** ").appendText(manifest.id);
  markdown.appendMarkdown("\n");
  line(vscode.l10n.t("State"), run.loaded || run.problem === undefined ? describe(run) : run.problem);
  for (const [name, value] of Object.entries(state.epochs.at(-1)?.metrics ?? {})) line(name, formatMetric(name, value));
  if (state.backend) line(vscode.l10n.t("Backend"), `${state.backend.name} (${state.backend.device})`);
  for (const [name, value] of Object.entries(manifest.hyperparameters)) line(name, String(value));
  if (manifest.sweep)
    line(vscode.l10n.t("Sweep"), vscode.l10n.t("{0}, trial {1}", manifest.sweep.name, manifest.sweep.trial));
  line(vscode.l10n.t("Seed"), String(manifest.seed));
  line(vscode.l10n.t("Started"), new Date(manifest.created).toLocaleString(vscode.env.language));
  if (state.resumes > 0) line(vscode.l10n.t("Resumed"), String(state.resumes));
  line(vscode.l10n.t("Recipe"), manifest.recipe.path);
  return markdown;
}

function explanationItem(node: ExplanationNode): vscode.TreeItem {
  const { run, explanation } = node;
  const item = new vscode.TreeItem(explanation.name);
  item.id = `${run.folder}|${explanation.path}`;
  item.iconPath = new vscode.ThemeIcon("lightbulb");
  item.description = [
    vscode.l10n.t("{0} samples", explanation.samples),
    ...(explanation.background > 0 ? [vscode.l10n.t("background {0}", explanation.background)] : []),
    formatAgo(explanation.time, Date.now()),
  ].join(" · ");
  item.resourceUri = vscode.Uri.file(run.path(explanation.path));
  item.tooltip = run.path(explanation.path);
  item.contextValue = "explanation";
  item.command = { command: "trainlens.openExplanation", title: vscode.l10n.t("Open Explanation"), arguments: [node] };
  return item;
}

function problemItem(node: ProblemNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.message);
  item.iconPath = new vscode.ThemeIcon(
    node.level,
    new vscode.ThemeColor(node.level === "error" ? "testing.iconFailed" : "list.warningForeground"),
  );
  item.tooltip = node.detail;
  item.contextValue = "problem";
  item.command = { command: "trainlens.openOutput", title: vscode.l10n.t("Open Output"), arguments: [node.run.id] };
  return item;
}
