/** The runs of all workspace folders: found, followed, and kept true to their folders. */
import { stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../host/disposableStore";
import { diskFolders } from "../host/workspace";
import { isActive } from "../protocol/reducer";
import { RUNS_FOLDER, RUN_FILES } from "../protocol/runFolder";
import { listRuns, readManifest } from "../runFolder";
import { Run } from "./run";

/** Between two looks at a run that is active, ms. */
const POLL_INTERVAL = 200;

/** How long a run folder is expected to get its manifest, and between two looks for it, ms. */
const YOUTH = 60_000;
const RESCAN_INTERVAL = 500;

/** Between two looks at whether a runs folder has changed, ms. */
const LOOKOUT_INTERVAL = 2000;

export class Runs implements vscode.Disposable {
  private readonly store = new DisposableStore();
  private readonly known = new Map<string, Run>();
  /** Runs whose end is still to be told. */
  private readonly seenActive = new Set<Run>();
  private readonly changed = this.store.add(new vscode.EventEmitter<Run | undefined>());
  private readonly ended = this.store.add(new vscode.EventEmitter<Run>());
  private readonly removed = this.store.add(new vscode.EventEmitter<Run>());
  private watchers = new DisposableStore();
  private timer: NodeJS.Timeout | undefined;
  private rescan: NodeJS.Timeout | undefined;
  private readonly folderTimes = new Map<string, number>();
  private scanning: Promise<void> | undefined;
  private scanAgain = false;

  /** A run has changed; undefined where the list itself has. */
  readonly onDidChange = this.changed.event;
  /** A run that was seen active is active no more: once for each time that it was active. */
  readonly onDidEnd = this.ended.event;
  readonly onDidRemove = this.removed.event;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.store.add({ dispose: () => this.watchers.dispose() });
    const lookout = setInterval(() => void this.lookOut(), LOOKOUT_INTERVAL);
    this.store.add({
      dispose: () => {
        clearInterval(lookout);
        clearTimeout(this.timer);
        clearTimeout(this.rescan);
      },
    });
    this.store.add(vscode.window.onDidChangeWindowState(({ focused }) => focused && void this.refresh()));
    this.store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.watch();
        void this.refresh();
      }),
    );
  }

  dispose(): void {
    this.store.dispose();
  }

  /** Begins to watch the folders, and reads what is there. Making watchers takes most of an activation's time. */
  async start(): Promise<void> {
    if (this.store.isDisposed) return;
    this.watch();
    await this.refresh();
  }

  /** Newest first. */
  get all(): Run[] {
    return [...this.known.values()].sort((a, b) => b.manifest.created - a.manifest.created);
  }

  get active(): Run[] {
    return this.all.filter((run) => run.isActive);
  }

  get(id: string): Run | undefined {
    return this.all.find((run) => run.id === id);
  }

  /** Brings the list in line with the disk. Calls that come while it works are answered by one more scan. */
  refresh(): Promise<void> {
    if (this.scanning) {
      this.scanAgain = true;
      return this.scanning;
    }
    this.scanning = this.scan()
      .catch((error: unknown) => this.log.error(error instanceof Error ? error : String(error)))
      .finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  /** Takes a run folder in at once, without waiting for the watcher. Undefined while it has no manifest. */
  async adopt(folder: string): Promise<Run | undefined> {
    const existing = this.known.get(folder);
    if (existing) return existing;
    const manifest = await readManifest(folder);
    if (!manifest) return undefined;
    const raced = this.known.get(folder);
    if (raced) return raced;
    const run = new Run(folder, manifest);
    this.known.set(folder, run);
    this.changed.fire(undefined);
    return run;
  }

  /**
   * Looks at a run now and tells everybody what has changed. A folder that cannot be read is logged, and shown with its
   * `problem`: it must not keep the others from being shown.
   */
  async update(run: Run): Promise<void> {
    if (run.loaded && run.isActive) this.seenActive.add(run);
    const known = run.problem;
    const changed = await run.poll();
    if (this.known.get(run.folder) !== run) return;
    if (run.problem !== undefined && run.problem !== known)
      this.log.error(`Run folder ${run.folder} cannot be read: ${run.problem}`);
    if (changed) this.changed.fire(run);
    if (run.isActive) {
      this.seenActive.add(run);
      this.follow();
    } else if (this.seenActive.delete(run)) this.ended.fire(run);
  }

  /** Forgets a run whose folder is gone. */
  forget(run: Run): void {
    if (!this.known.delete(run.folder)) return;
    this.seenActive.delete(run);
    this.removed.fire(run);
    this.changed.fire(undefined);
  }

  private async scan(): Promise<void> {
    do {
      this.scanAgain = false;
      const found = new Set<string>();
      for (const { uri } of diskFolders())
        for (const folder of await listRuns(path.join(uri.fsPath, RUNS_FOLDER))) found.add(folder);
      for (const run of this.all) if (!found.has(run.folder)) this.forget(run);
      let expecting = false;
      for (const folder of found) if (!(await this.adopt(folder))) expecting ||= await isYoung(folder);
      if (expecting) this.scanLater();
      // Newest first, one after the other: a long history must not hold up the one that is being watched.
      for (const run of this.all) if (!run.loaded) await this.update(run);
    } while (this.scanAgain && !this.store.isDisposed);
  }

  /** A runs folder's time changes with what is in it: seen by everybody, everywhere, where a watcher may miss it. */
  private async lookOut(): Promise<void> {
    for (const { uri } of diskFolders()) {
      const folder = path.join(uri.fsPath, RUNS_FOLDER);
      const time = await stat(folder).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      if (time === (this.folderTimes.get(folder) ?? 0)) continue;
      this.folderTimes.set(folder, time);
      await this.refresh();
    }
  }

  private scanLater(): void {
    if (this.store.isDisposed) return;
    clearTimeout(this.rescan);
    this.rescan = setTimeout(() => void this.refresh(), RESCAN_INTERVAL);
  }

  /** Polls the active runs, and only while there are some. */
  private follow(): void {
    if (this.timer !== undefined || this.store.isDisposed) return;
    this.timer = setTimeout(() => {
      void Promise.all(this.active.map((run) => this.update(run))).finally(() => {
        this.timer = undefined;
        if (this.active.length > 0) this.follow();
      });
    }, POLL_INTERVAL);
  }

  /**
   * What others do to run folders: a run begun in a terminal, an explanation added, a folder deleted. A watcher tells
   * of a new folder and not always of what is in it, so each folder on the way is watched for itself.
   */
  private watch(): void {
    this.watchers.dispose();
    this.watchers = new DisposableStore();
    const [top] = RUNS_FOLDER.split("/");
    const inside = [RUN_FILES.manifest, RUN_FILES.events].map((file) => `${RUNS_FOLDER}/*/${file}`);
    const pattern = `{${[top, RUNS_FOLDER, `${RUNS_FOLDER}/*`, ...inside].join(",")}}`;
    for (const { uri } of diskFolders()) {
      const watcher = this.watchers.add(
        vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(uri, pattern)),
      );
      watcher.onDidCreate(() => void this.refresh());
      watcher.onDidDelete(() => void this.refresh());
      watcher.onDidChange((file) => {
        const run = this.known.get(path.dirname(file.fsPath));
        // An active run is polled anyway.
        if (run && !isActive(run.status)) void this.update(run);
      });
    }
  }
}

/** Whether a folder was made a moment ago: its manifest may be on its way. */
async function isYoung(folder: string): Promise<boolean> {
  return await stat(folder).then(
    ({ birthtimeMs }) => Date.now() - birthtimeMs < YOUTH,
    () => false,
  );
}
