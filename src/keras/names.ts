import type { LayerConfig } from "./modelConfig";

/**
 * The names under which Keras 3 keeps layers: that of the class, counted where there are several of one class.
 *
 * @see https://github.com/keras-team/keras/blob/v3.15.0/keras/src/saving/saving_lib.py `_save_container_state`
 */
export function uniqueNames(layers: readonly LayerConfig[]): string[] {
  const used = new Map<string, number>();
  return layers.map(({ className }) => {
    const name = snakeCase(className === "Model" ? "Functional" : className);
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

/** As `keras.src.utils.naming.to_snake_case`: "Conv2DTranspose" is "conv2d_transpose". */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
