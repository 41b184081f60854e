import type { Parts } from "./parts";

/** Shows what the extension itself has logged. */
export function showLog({ log }: Parts): void {
  log.show();
}
