/** What a recipe gets as `@tensorflow/tfjs`: the runner's own copy of core, layers, data and converter, without WebGL. */
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import * as data from "@tensorflow/tfjs-data";

export * from "@tensorflow/tfjs-core";
export * from "@tensorflow/tfjs-layers";
export * from "@tensorflow/tfjs-converter";
export { data };
