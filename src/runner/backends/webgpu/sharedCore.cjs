// In dist/webgpu.js this is "@tensorflow/tfjs-core": the runner's own copy, as shareCore() left it.
module.exports = globalThis[Symbol.for("trainlens.tfjs-core")];
