/** Saving what a recipe has trained: one model, or the networks that it is made of. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { RUN_FILES } from "../protocol/runFolder";
import { UserError } from "./errors";
import { saveModel } from "./modelFiles";
import type { Recipe } from "./recipe";

/** The run's model, and what else the recipe has made of it, each in a folder of its own. */
export async function saveNetworks(model: LayersModel, { own }: Recipe, folder: string): Promise<void> {
  const [[, first] = [], ...others] = Object.entries(own?.networks?.(model) ?? { model });
  if (!first) throw new UserError("networks() names no network.", "Return the one to save as the run's model, first.");
  for (const [name, network] of others) {
    await mkdir(path.join(folder, RUN_FILES.networks), { recursive: true });
    await saveModel(network, path.join(folder, RUN_FILES.networks, name));
  }
  await saveModel(first, path.join(folder, RUN_FILES.model));
}
