// AssemblyScript: compiled to WebAssembly by the build. Called through sparse.ts, which says what the arguments are.

/** What a pick reaches: 7 words, at `list`. */
const WORDS: usize = 7;

/** Lists the picks of a pair whose weight is not 0, with the part of the kernel that lies within the image. */
function listPicks(
  index: usize, weight: usize, list: usize, picks: i32,
  outWidth: i32, outChannels: i32, height: i32, width: i32, channels: i32,
  kernelHeight: i32, kernelWidth: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): i32 {
  let count = 0;
  for (let pick = 0; pick < picks; pick++) {
    const w = load<f32>(weight + ((<usize>pick) << 2));
    if (w == 0) continue;
    const unit = load<i32>(index + ((<usize>pick) << 2));
    const channel = unit % outChannels;
    const pixel = unit / outChannels;
    const y = (pixel / outWidth) * strideY - top;
    const x = (pixel % outWidth) * strideX - left;
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
      const from = values + row * pickBytes;
      const image = images + row * imageBytes;
      for (let i = 0; i < count; i++) {
        const at = list + (((<usize>i) * WORDS) << 2);
        const value = load<f32>(from + ((<usize>load<i32>(at)) << 2)) * load<f32>(at, 4);
        if (value == 0) continue;
        const factor = f32x4.splat(value);
        let to = image + <usize>load<i32>(at, 8);
        let k = kernel + <usize>load<i32>(at, 12);
        const run = (<usize>load<i32>(at, 20)) << 2;
        const fours = run & ~63;
        const whole = run & ~15;
        for (let runs = load<i32>(at, 16); runs > 0; runs--) {
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
    for (let i = 0; i < count; i++) {
      const at = list + (((<usize>i) * WORDS) << 2);
      const w = load<f32>(at, 4);
      let from = values + <usize>pair * <usize>outputs * pickBytes + ((<usize>load<i32>(at)) << 2);
      for (let o: usize = 0; o < (<usize>outputs) << 2; o += 4) {
        store<f32>(lane + o, load<f32>(from) * w);
        from += pickBytes;
      }
      let offset = <usize>load<i32>(at, 8);
      let k = kernel + <usize>load<i32>(at, 12);
      const run = (<usize>load<i32>(at, 20)) << 2;
      for (let runs = load<i32>(at, 16); runs > 0; runs--) {
        for (let i: usize = 0; i < run; i += 4) {
          const difference = load<f32>(differences + offset + i);
          if (difference == 0) continue;
          const factor = f32x4.splat(difference * load<f32>(k + i));
          const to = sum + ((offset + i) >> 2) * laneBytes;
          for (let o: usize = 0; o < laneBytes; o += 16) {
            v128.store(to + o, f32x4.add(v128.load(to + o), f32x4.mul(factor, v128.load(lane + o))));
          }
        }
        offset += rowBytes;
        k += kernelRowBytes;
      }
    }
  }
}
