/** [features, features], by rows less one. @param data [rows, features]. @param mean [features]. */
export function covarianceMatrix(data: Float32Array, mean: Float64Array): Float64Array {
  const features = mean.length;
  const rows = data.length / features;
  const matrix = new Float64Array(features * features);
  for (let at = 0; at < data.length; at += features) {
    for (let i = 0; i < features; i++) {
      const difference = data[at + i] - mean[i];
      for (let j = 0; j <= i; j++) matrix[i * features + j] += difference * (data[at + j] - mean[j]);
    }
  }
  for (let i = 0; i < features; i++)
    for (let j = 0; j <= i; j++)
      matrix[i * features + j] = matrix[j * features + i] = matrix[i * features + j] / (rows - 1);
  return matrix;
}
