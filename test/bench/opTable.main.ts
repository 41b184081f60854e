/** Our additivity error on each model of test/unit/shapOps.ts: one JSON object on stdout. See opTable.mjs. */
import type * as tf from "@tensorflow/tfjs";
import process from "node:process";
import { openBackend } from "../../src/runner/backends";
import { explain } from "../unit/shapAdditive";
import { ACTIVATIONS, activationModel, GRAPHS, layerModel, LAYERS, type Rows } from "../unit/shapOps";

async function main(): Promise<void> {
  await openBackend("wasm");
  const errors: Record<string, number> = {};
  const measure = async (name: string, model: tf.LayersModel, rows?: Rows[]): Promise<void> => {
    errors[name] = (await explain(model, rows))[0].additivityError;
    model.dispose();
  };
  for (const name of ACTIVATIONS) await measure(name, activationModel(name));
  for (const [name, make] of Object.entries(LAYERS)) await measure(name, layerModel(make()));
  for (const [name, { model, rows }] of Object.entries(GRAPHS)) await measure(name, model(), rows);
  process.stdout.write(`${JSON.stringify(errors)}\n`);
}

void main();
