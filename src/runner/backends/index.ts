/** The ladder of backends: which one runs the numerics, and why. */
import { UserError } from "../errors";
import { installAveragePoolingGradient } from "./averagePoolingGradient";
import { cpu } from "./cpu";
import { cuda } from "./cuda";
export { explainMissingKernel } from "./missingKernel";
import { native } from "./native";
import { BackendUnavailable } from "./rung";
import type { BackendOptions, OpenDevice, Rung } from "./rung";
import { wasm } from "./wasm";
import { webgpu } from "./webgpu";

/** Best first: "auto" takes the first that can be opened. */
export const BACKEND_NAMES = ["cuda", "webgpu", "native", "wasm", "cpu"] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/** Which backend runs, and why: what a run records. */
export interface BackendFacts extends Omit<OpenDevice, "close" | "readInterval"> {
  name: BackendName;
  /** One sentence: why this one. */
  reason: string;
  /** Better ones that cannot be used here: why, and what would help. */
  passedOver: { name: BackendName; reason: string; fix: string }[];
}

/** A backend that is ready: tfjs's engine uses it until it is closed. */
export interface OpenBackend {
  facts: BackendFacts;
  /** How often to read what training measures, ms: 0 at every step. */
  readInterval: number;
  close(): Promise<void>;
}

const RUNGS: Record<BackendName, Rung> = { cuda, webgpu, native, wasm, cpu };

const STRENGTHS: Record<BackendName, string> = {
  cuda: "the GPU through CUDA is the fastest there is",
  webgpu: "the GPU is faster than the processor",
  native: "TensorFlow's native library is the fastest on this processor",
  wasm: "WebAssembly is the fastest that needs no installation",
  cpu: "plain JavaScript runs everywhere",
};

/**
 * Makes the asked backend, or with "auto" the best that can be opened, tfjs's current one.
 *
 * @param options where a user's own packages may be installed, and how they are loaded.
 * @throws UserError where a backend asked for by name cannot be opened: it says what is missing and what to do.
 */
export async function openBackend(
  asked: BackendName | "auto",
  options: BackendOptions = {},
  rungs: Record<BackendName, Rung> = RUNGS,
): Promise<OpenBackend> {
  if (asked !== "auto") {
    try {
      const opened = await rungs[asked].open({ ...options, forced: true });
      return ready(asked, opened, "asked for by name", []);
    } catch (error) {
      if (!(error instanceof BackendUnavailable)) throw error;
      throw new UserError(`The backend "${asked}" cannot be used: ${error.message}.`, error.advice, { cause: error });
    }
  }

  const passedOver: BackendFacts["passedOver"] = [];
  for (const name of BACKEND_NAMES) {
    try {
      const opened = await rungs[name].open(options);
      const reason = passedOver.length === 0 ? STRENGTHS[name] : `${STRENGTHS[name]}, of those that can be used here`;
      return ready(name, opened, reason, passedOver);
    } catch (error) {
      if (!(error instanceof BackendUnavailable)) throw error;
      passedOver.push({ name, reason: error.message, fix: error.advice });
    }
  }
  throw new Error(
    `No backend can be opened: ${passedOver.map(({ name, reason }) => `${name}: ${reason}`).join("; ")}.`,
  );
}

/**
 * Makes one backend tfjs's current one where "auto" would take it, were there no better one: without the devices that
 * are only taken by name.
 *
 * @throws BackendUnavailable
 */
export async function openAutomatically(
  name: BackendName,
  options: BackendOptions = {},
  rungs: Record<BackendName, Rung> = RUNGS,
): Promise<OpenBackend> {
  return ready(name, await rungs[name].open(options), STRENGTHS[name], []);
}

function ready(
  name: BackendName,
  { close, readInterval = 0, ...device }: OpenDevice,
  reason: string,
  passedOver: BackendFacts["passedOver"],
): OpenBackend {
  installAveragePoolingGradient();
  return { facts: { name, ...device, reason, passedOver }, readInterval, close: async () => close?.() };
}
