/** A bundle of its own: dist/h5wasm.mjs. */
export * from "h5wasm";
