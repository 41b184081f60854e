/** A model that an explainer has no rule for. The message names the layer and says what there are rules for. */
export class UnsupportedLayerError extends Error {
  override readonly name = "UnsupportedLayerError";
  constructor(
    readonly layerName: string,
    readonly className: string,
    /** What is wrong, where it is not the class as such. */
    readonly why: string,
    /** Classes of layers that are supported. */
    readonly supported: readonly string[],
  ) {
    super(`The layer "${layerName}" (${className}) cannot be explained: ${why}.`);
  }
}
