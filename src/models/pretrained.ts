/** Which layers came with weights that were trained before. */
import type { LayersModel } from "@tensorflow/tfjs-layers";

type Layer = LayersModel["layers"][number];

const pretrained = new WeakSet<Layer>();

const fixed = new WeakSet<Layer>();

/** Notes a layer that prepares pictures: its weights are settings, and never learn. */
export function noteFixed(layer: Layer): void {
  fixed.add(layer);
}

export function isFixed(layer: Layer): boolean {
  return fixed.has(layer);
}

/** Notes all layers of a base, so that they are known wherever a model takes them in. */
export function notePretrained(base: LayersModel): void {
  for (const layer of base.layers) pretrained.add(layer);
}

/** Layers of a model, and of the models inside it, that are pretrained and learn. */
export function learningPretrained(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) => {
    if ("layers" in layer) return layer.trainable ? learningPretrained(layer as LayersModel) : [];
    return pretrained.has(layer) && layer.trainableWeights.length > 0 ? [layer] : [];
  });
}
