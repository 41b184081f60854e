/** The ladder of backends: which one runs the numerics, and why. */
import { UserError } from "../errors";
import { cpu } from "./cpu";
import { cuda } from "./cuda";
export { explainMissingKernel } from "./missingKernel";
import { native } from "./native";
import { BackendUnavailable } from "./rung";
import type { Rung, SearchFolders } from "./rung";
import { wasm } from "./wasm";

/** Best first: "auto" takes the first that can be opened. */
export const BACKEND_NAMES = ["cuda", "native", "wasm", "cpu"] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** A backend that is ready: tfjs's engine uses it from now on. */
export interface OpenBackend {
  name: BackendName;
  /** What it runs on, for people. */
  device: string;
  version: string;
  /** One sentence: why this one. */
  reason: string;
  passedOver: { name: BackendName; reason: string }[];
}

const RUNGS: Record<BackendName, Rung> = { cuda, native, wasm, cpu };

const STRENGTHS: Record<BackendName, string> = {
  cuda: "the GPU is the fastest there is",
  native: "TensorFlow's native library is the fastest on this processor",
  wasm: "WebAssembly is the fastest that needs no installation",
  cpu: "plain JavaScript runs everywhere",
};

/**
 * Makes the asked backend, or with "auto" the best that can be opened, tfjs's current one.
 *
 * @param folders where a user's own tfjs-node may be installed, apart from the working directory.
 * @throws UserError where a backend asked for by name cannot be opened: it says what is missing and what to do.
 */
export async function openBackend(
  asked: BackendName | "auto",
  folders: SearchFolders = {},
  rungs: Record<BackendName, Rung> = RUNGS,
): Promise<OpenBackend> {
  if (asked !== "auto") {
    try {
      const opened = await rungs[asked].open(folders);
      return { name: asked, ...opened, reason: "asked for by name", passedOver: [] };
    } catch (error) {
      if (!(error instanceof BackendUnavailable)) throw error;
      throw new UserError(`The backend "${asked}" cannot be used: ${error.message}.`, error.advice, { cause: error });
    }
  }

  const passedOver: OpenBackend["passedOver"] = [];
  for (const name of BACKEND_NAMES) {
    try {
      const opened = await rungs[name].open(folders);
      const reason = passedOver.length === 0 ? STRENGTHS[name] : `${STRENGTHS[name]}, of those that can be used here`;
      return { name, ...opened, reason, passedOver };
    } catch (error) {
      if (!(error instanceof BackendUnavailable)) throw error;
      passedOver.push({ name, reason: error.message });
    }
  }
  throw new Error(
    `No backend can be opened: ${passedOver.map(({ name, reason }) => `${name}: ${reason}`).join("; ")}.`,
  );
}
