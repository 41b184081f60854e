/** Run folders that a test writes by hand. */
import { MANIFEST_VERSION, type RunManifest } from "../../src/protocol/runManifest";

/** A manifest of a run of long ago, whose recipe bears the run's name: without a process it is no newborn. */
export function manifestOf(id: string): RunManifest {
  return {
    version: MANIFEST_VERSION,
    id,
    created: Date.now() - 3_600_000,
    recipe: { name: id, path: `/w/${id}/train.ts`, language: "typescript" },
    hyperparameters: {},
    overrides: {},
    seed: 1,
    backendAsked: "auto",
    versions: {},
  };
}
