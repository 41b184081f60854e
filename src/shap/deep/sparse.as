// AssemblyScript: compiled to WebAssembly by the build. Called through sparse.ts, which says what the arguments are.
// What is exported besides `spread` and `attribute` is so that it is not inlined: V8 makes slower loops of larger functions.

/** What a pick reaches: 7 words, at `list`. */
const WORDS: usize = 7;

/** Lists the picks of a pair whose weight is not 0, with the part of the kernel that lies within the image. */
export function listPicks(
  index: usize, weight: usize, list: usize, picks: i32,
  outWidth: i32, outChannels: i32, height: i32, width: i32, channels: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): i32 {
  // Multiplied instead of divided by; the half keeps rounding from the whole numbers.
  const pixelsPerUnit = 1 / <f64>outChannels;
  const rowsPerPixel = 1 / <f64>outWidth;
  let count = 0;
  for (let pick = 0; pick < picks; pick++) {
    const w = load<f32>(weight + ((<usize>pick) << 2));
    if (w == 0) continue;
    const unit = load<i32>(index + ((<usize>pick) << 2));
    const pixel = <i32>((<f64>unit + 0.5) * pixelsPerUnit);
    const row = <i32>((<f64>pixel + 0.5) * rowsPerPixel);
    const channel = unit - pixel * outChannels;
    const y = row * strideY - top;
    const x = (pixel - row * outWidth) * strideX - left;
    const y0 = max(0, -y);
    const y1 = min(kernelHeight, height - y);
    const x0 = max(0, -x);
    const x1 = min(kernelWidth, width - x);
    if (y1 <= y0 || x1 <= x0) continue;
    const at = list + (((<usize>count) * WORDS) << 2);
    store<i32>(at, pick);
    store<f32>(at, w, 4);
    // First number of the image and of the kernel, in bytes; runs, numbers a run.
    store<i32>(at, (((y + y0) * width + x + x0) * channels) << 2, 8);
    store<i32>(at, (((channel * kernelHeight + y0) * kernelWidth + x0) * channels) << 2, 12);
    store<i32>(at, y1 - y0, 16);
    store<i32>(at, (x1 - x0) * channels, 20);
    count++;
  }
  return count;
}

/** Adds each pick's value times its kernel to the image of its pair and output. */
export function spread(
  values: usize, index: usize, weight: usize, kernel: usize, images: usize, list: usize,
  pairs: i32, outputs: i32, picks: i32,
  outWidth: i32, outChannels: i32, height: i32, width: i32, channels: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): void {
  const imageBytes = (<usize>(height * width * channels)) << 2;
  const rowBytes = (<usize>(width * channels)) << 2;
  const kernelRowBytes = (<usize>(kernelWidth * channels)) << 2;
  const pickBytes = (<usize>picks) << 2;
  for (let pair = 0; pair < pairs; pair++) {
    const count = listPicks(
      index + <usize>pair * pickBytes, weight + <usize>pair * pickBytes, list, picks,
      outWidth, outChannels, height, width, channels, kernelHeight, kernelWidth, strideY, strideX, top, left,
    );
    for (let output = 0; output < outputs; output++) {
      const row = <usize>(pair * outputs + output);
      addKernels(list, count, values + row * pickBytes, kernel, images + row * imageBytes, rowBytes, kernelRowBytes);
    }
  }
}

/** Adds, for one pair and output, the values of the listed picks times their kernels to the image. */
export function addKernels(
  list: usize, count: i32, values: usize, kernel: usize, image: usize, rowBytes: usize, kernelRowBytes: usize,
): void {
  for (const end = list + (((<usize>count) * WORDS) << 2); list < end; list += WORDS << 2) {
    const value = load<f32>(values + ((<usize>load<i32>(list)) << 2)) * load<f32>(list, 4);
    if (value == 0) continue;
    const factor = f32x4.splat(value);
    let to = image + <usize>load<i32>(list, 8);
    let k = kernel + <usize>load<i32>(list, 12);
    const run = (<usize>load<i32>(list, 20)) << 2;
    const fours = run & ~63;
    const whole = run & ~15;
    for (let runs = load<i32>(list, 16); runs > 0; runs--) {
      let i: usize = 0;
      for (; i < fours; i += 64) {
        v128.store(to + i, f32x4.add(v128.load(to + i), f32x4.mul(factor, v128.load(k + i))));
        v128.store(to + i, f32x4.add(v128.load(to + i, 16), f32x4.mul(factor, v128.load(k + i, 16))), 16);
        v128.store(to + i, f32x4.add(v128.load(to + i, 32), f32x4.mul(factor, v128.load(k + i, 32))), 32);
        v128.store(to + i, f32x4.add(v128.load(to + i, 48), f32x4.mul(factor, v128.load(k + i, 48))), 48);
      }
      for (; i < whole; i += 16) {
        v128.store(to + i, f32x4.add(v128.load(to + i), f32x4.mul(factor, v128.load(k + i))));
      }
      for (; i < run; i += 4) store<f32>(to + i, load<f32>(to + i) + value * load<f32>(k + i));
      to += rowBytes;
      k += kernelRowBytes;
    }
  }
}

/** As `spread`, but the images are the model's inputs: adds their product with the differences x - r to the sums. */
export function attribute(
  values: usize, index: usize, weight: usize, kernel: usize, sums: usize, list: usize,
  x: usize, r: usize, differences: usize, lane: usize, samples: i32,
  pairs: i32, outputs: i32, picks: i32,
  outWidth: i32, outChannels: i32, height: i32, width: i32, channels: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): void {
  const features = height * width * channels;
  const imageBytes = (<usize>features) << 2;
  const rowBytes = (<usize>(width * channels)) << 2;
  const kernelRowBytes = (<usize>(kernelWidth * channels)) << 2;
  const pickBytes = (<usize>picks) << 2;
  // Outputs, filled up to whole vectors.
  const laneBytes = ((<usize>outputs + 3) & ~3) << 2;
  for (let pair = 0; pair < pairs; pair++) {
    const count = listPicks(
      index + <usize>pair * pickBytes, weight + <usize>pair * pickBytes, list, picks,
      outWidth, outChannels, height, width, channels, kernelHeight, kernelWidth, strideY, strideX, top, left,
    );
    const sample = <usize>(pair % samples);
    const reference = <usize>(pair / samples);
    for (let i: usize = 0; i < imageBytes; i += 4) {
      store<f32>(differences + i, load<f32>(x + sample * imageBytes + i) - load<f32>(r + reference * imageBytes + i));
    }
    const sum = sums + sample * <usize>features * laneBytes;
    const from = values + <usize>pair * <usize>outputs * pickBytes;
    addProducts(list, count, from, kernel, sum, differences, lane, outputs, pickBytes, rowBytes, kernelRowBytes);
  }
}

/** Adds, for one pair, the values of the listed picks times their kernels and the differences there to the sums. */
export function addProducts(
  list: usize, count: i32, values: usize, kernel: usize, sums: usize, differences: usize, lane: usize,
  outputs: i32, pickBytes: usize, rowBytes: usize, kernelRowBytes: usize,
): void {
  const valueBytes = (<usize>outputs) << 2;
  // Outputs, filled up to whole vectors.
  const laneBytes = (valueBytes + 15) & ~15;
  for (const end = list + (((<usize>count) * WORDS) << 2); list < end; list += WORDS << 2) {
    const w = load<f32>(list, 4);
    let from = values + ((<usize>load<i32>(list)) << 2);
    for (let o: usize = 0; o < valueBytes; o += 4) {
      store<f32>(lane + o, load<f32>(from) * w);
      from += pickBytes;
    }
    let offset = <usize>load<i32>(list, 8);
    let k = kernel + <usize>load<i32>(list, 12);
    const run = (<usize>load<i32>(list, 20)) << 2;
    for (let runs = load<i32>(list, 16); runs > 0; runs--) {
      for (let i: usize = 0; i < run; i += 4) {
        const difference = load<f32>(differences + offset + i);
        if (difference == 0) continue;
        const factor = f32x4.splat(difference * load<f32>(k + i));
        const to = sums + ((offset + i) >> 2) * laneBytes;
        for (let o: usize = 0; o < laneBytes; o += 16) {
          v128.store(to + o, f32x4.add(v128.load(to + o), f32x4.mul(factor, v128.load(lane + o))));
        }
      }
      offset += rowBytes;
      k += kernelRowBytes;
    }
  }
}
