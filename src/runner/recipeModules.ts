/** The modules that a recipe gets from the runner, and how its own process and the loader's thread share them. */

/** Under this symbol the global object holds the modules by their names. */
export const MODULES = Symbol.for("trainlens.modules");

/** Scheme of the URLs under which recipes see them. */
export const MODULE_SCHEME = "trainlens:";

/** What the hooks get when they are registered: the exported names of each module. */
export interface HookData {
  exports: Record<string, string[]>;
}
