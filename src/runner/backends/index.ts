/** The ladder of backends: which one runs the numerics, and why. */
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

/**
 * Makes the asked backend, or with "auto" the best that can be loaded, tfjs's current one.
 *
 * @throws UserError where a backend asked for by name cannot be loaded: it says what is missing and what to do.
 */
export function openBackend(_asked: BackendName | "auto"): Promise<OpenBackend> {
  throw new Error("stub");
}
