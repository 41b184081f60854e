import type { Disposable } from "vscode";

/** Everything an owner must let go of. Disposing twice is fine; what comes after the end is disposed at once. */
export class DisposableStore implements Disposable {
  private readonly items = new Set<Disposable>();
  private disposed = false;

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Keeps a disposable until the store's end and gives it back. */
  add<T extends Disposable>(item: T): T {
    if (this.disposed) item.dispose();
    else this.items.add(item);
    return item;
  }

  /** Lets go of what has come to its own end, without disposing it. */
  release(item: Disposable): void {
    this.items.delete(item);
  }

  /** In reverse order of their making, so that nothing outlives what it stands on. */
  dispose(): void {
    this.disposed = true;
    const items = [...this.items].reverse();
    this.items.clear();
    for (const item of items) item.dispose();
  }
}
