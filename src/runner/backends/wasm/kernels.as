// memory: imported
// The innermost loops of training, on the heap of tfjs's wasm backend: matrix products, convolutions and their gradients.
// Addresses and strides are in bytes, sizes in floats. Pictures are [batch, height, width, channels], kernels
// [kernel height, kernel width, in channels, out channels].

/** Rows of A, depth and columns of B that are worked on at once: a packed strip of B stays in the first-level cache. */
const ROWS: i32 = 120;
const DEPTH: i32 = 256;
const COLUMNS: i32 = 256;

/** Floats of scratch that `gemm` wants. */
export function gemmScratch(): i32 {
  return DEPTH * COLUMNS;
}

/** B's columns in strips of eight, each [k, 8], the last one filled up with zeros. */
function pack(b: usize, rowStride: usize, columnStride: usize, k: i32, n: i32, to: usize): void {
  for (let j = 0; j < n; j += 8) {
    const width = min(8, n - j);
    let from = b + <usize>j * columnStride;
    if (width == 8 && columnStride == 4) {
      for (let p = 0; p < k; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        from += rowStride;
        to += 32;
      }
    } else {
      for (let p = 0; p < k; p++) {
        let at = from;
        for (let x = 0; x < width; x++) {
          store<f32>(to + ((<usize>x) << 2), load<f32>(at));
          at += columnStride;
        }
        for (let x = width; x < 8; x++) store<f32>(to + ((<usize>x) << 2), 0);
        from += rowStride;
        to += 32;
      }
    }
  }
}

function lane(v: v128, i: i32): f32 {
  if (i == 0) return f32x4.extract_lane(v, 0);
  if (i == 1) return f32x4.extract_lane(v, 1);
  if (i == 2) return f32x4.extract_lane(v, 2);
  return f32x4.extract_lane(v, 3);
}

function putPart(c: usize, low: v128, high: v128, width: i32, add: bool): void {
  for (let x = 0; x < width; x++) {
    const value = x < 4 ? lane(low, x) : lane(high, x - 4);
    store<f32>(c, add ? value + load<f32>(c) : value);
    c += 4;
  }
}

@inline
function put(c: usize, low: v128, high: v128, width: i32, add: bool): void {
  if (width < 8) {
    putPart(c, low, high, width, add);
    return;
  }
  if (add) {
    low = f32x4.add(low, v128.load(c));
    high = f32x4.add(high, v128.load(c, 16));
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

@inline
function madd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** Five rows of A times a strip: ten sums fill the registers that there are. */
function tile5(a: usize, rs: usize, ks: usize, b: usize, c: usize, ldc: usize, k: i32, width: i32, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00;
  let a0 = a, a1 = a0 + rs, a2 = a1 + rs, a3 = a2 + rs, a4 = a3 + rs;
  const end = b + ((<usize>k) << 5);
  while (b < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0);
    c00 = madd(c00, x0, b0);
    c01 = madd(c01, x0, b1);
    const x1 = v128.load32_splat(a1);
    c10 = madd(c10, x1, b0);
    c11 = madd(c11, x1, b1);
    const x2 = v128.load32_splat(a2);
    c20 = madd(c20, x2, b0);
    c21 = madd(c21, x2, b1);
    const x3 = v128.load32_splat(a3);
    c30 = madd(c30, x3, b0);
    c31 = madd(c31, x3, b1);
    const x4 = v128.load32_splat(a4);
    c40 = madd(c40, x4, b0);
    c41 = madd(c41, x4, b1);
    a0 += ks;
    a1 += ks;
    a2 += ks;
    a3 += ks;
    a4 += ks;
    b += 32;
  }
  put(c, c00, c01, width, add);
  put(c + ldc, c10, c11, width, add);
  put(c + 2 * ldc, c20, c21, width, add);
  put(c + 3 * ldc, c30, c31, width, add);
  put(c + 4 * ldc, c40, c41, width, add);
}

function tile1(a: usize, ks: usize, b: usize, c: usize, k: i32, width: i32, add: bool): void {
  let c0 = f32x4.splat(0), c1 = c0;
  const end = b + ((<usize>k) << 5);
  while (b < end) {
    const x = v128.load32_splat(a);
    c0 = madd(c0, x, v128.load(b));
    c1 = madd(c1, x, v128.load(b, 16));
    a += ks;
    b += 32;
  }
  put(c, c0, c1, width, add);
}

/**
 * C [m, n] = A [m, k] B [k, n], or C += A B. A and B are anywhere by their strides, so a transpose costs nothing; C's
 * columns are consecutive, its rows `ldc` apart.
 */
export function gemm(
  a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize,
  c: usize, ldc: usize,
  m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  for (let firstColumn = 0; firstColumn < n; firstColumn += COLUMNS) {
    const columns = min(COLUMNS, n - firstColumn);
    for (let firstDepth = 0; firstDepth < k; firstDepth += DEPTH) {
      const depth = min(DEPTH, k - firstDepth);
      pack(b + <usize>firstDepth * bRow + <usize>firstColumn * bColumn, bRow, bColumn, depth, columns, scratch);
      const add = accumulate || firstDepth > 0;
      for (let firstRow = 0; firstRow < m; firstRow += ROWS) {
        const rows = min(ROWS, m - firstRow);
        for (let j = 0; j < columns; j += 8) {
          const strip = scratch + (<usize>j) * <usize>depth * 4;
          const width = min(8, columns - j);
          let from = a + <usize>firstRow * aRow + <usize>firstDepth * aColumn;
          let to = c + <usize>firstRow * ldc + ((<usize>(firstColumn + j)) << 2);
          let i = 0;
          for (; i + 5 <= rows; i += 5) {
            tile5(from, aRow, aColumn, strip, to, ldc, depth, width, add);
            from += aRow * 5;
            to += ldc * 5;
          }
          for (; i < rows; i++) {
            tile1(from, aColumn, strip, to, depth, width, add);
            from += aRow;
            to += ldc;
          }
        }
      }
    }
  }
}

@inline
function copy(from: usize, to: usize, count: i32): usize {
  const end = to + ((<usize>count) << 2);
  while (to + 16 <= end) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  while (to < end) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
  return to;
}

@inline
function zero(to: usize, count: i32): usize {
  const end = to + ((<usize>count) << 2);
  while (to + 16 <= end) {
    v128.store(to, f32x4.splat(0));
    to += 16;
  }
  while (to < end) {
    store<f32>(to, 0);
    to += 4;
  }
  return to;
}

/** to += from */
@inline
function addTo(from: usize, to: usize, count: i32): void {
  const end = to + ((<usize>count) << 2);
  while (to + 16 <= end) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  while (to < end) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += 4;
  }
}

/**
 * Rows of patches [count, kernel height * kernel width * channels] under the outputs `first`, `first + 1`..., counted
 * through batch, height and width.
 */
export function gatherPatches(
  x: usize, to: usize, first: i32, count: i32,
  height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
): void {
  for (let row = first; row < first + count; row++) {
    const picture = row / (outHeight * outWidth);
    const rest = row - picture * outHeight * outWidth;
    const oy = rest / outWidth;
    const ox = rest - oy * outWidth;
    const startX = ox * strideX - left;
    for (let fy = 0; fy < kernelHeight; fy++) {
      const y = oy * strideY - top + fy * dilationY;
      if (y < 0 || y >= height) {
        to = zero(to, kernelWidth * channels);
        continue;
      }
      const line = x + (((<usize>(picture * height + y)) * <usize>width * <usize>channels) << 2);
      if (dilationX == 1) {
        const before = min(kernelWidth, max(0, -startX));
        const after = min(kernelWidth - before, max(0, startX + kernelWidth - width));
        if (before > 0) to = zero(to, before * channels);
        to = copy(line + ((<usize>((startX + before) * channels)) << 2), to, (kernelWidth - before - after) * channels);
        if (after > 0) to = zero(to, after * channels);
      } else {
        for (let fx = 0; fx < kernelWidth; fx++) {
          const px = startX + fx * dilationX;
          if (px < 0 || px >= width) to = zero(to, channels);
          else to = copy(line + ((<usize>(px * channels)) << 2), to, channels);
        }
      }
    }
  }
}

/** Adds rows of patches to the picture that they were taken from. */
export function scatterPatches(
  from: usize, x: usize, first: i32, count: i32,
  height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32,
  kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
): void {
  const line4 = (<usize>channels) << 2;
  for (let row = first; row < first + count; row++) {
    const picture = row / (outHeight * outWidth);
    const rest = row - picture * outHeight * outWidth;
    const oy = rest / outWidth;
    const ox = rest - oy * outWidth;
    const startX = ox * strideX - left;
    for (let fy = 0; fy < kernelHeight; fy++) {
      const y = oy * strideY - top + fy * dilationY;
      if (y < 0 || y >= height) {
        from += line4 * <usize>kernelWidth;
        continue;
      }
      const line = x + (((<usize>(picture * height + y)) * <usize>width * <usize>channels) << 2);
      if (dilationX == 1) {
        const before = min(kernelWidth, max(0, -startX));
        const after = min(kernelWidth - before, max(0, startX + kernelWidth - width));
        const inside = kernelWidth - before - after;
        const to = line + ((<usize>((startX + before) * channels)) << 2);
        addTo(from + line4 * <usize>before, to, inside * channels);
        from += line4 * <usize>kernelWidth;
      } else {
        for (let fx = 0; fx < kernelWidth; fx++) {
          const px = startX + fx * dilationX;
          if (px >= 0 && px < width) addTo(from, line + ((<usize>(px * channels)) << 2), channels);
          from += line4;
        }
      }
    }
  }
}

/** sums [n] of x [rows, n] over the rows, 64 rows at a time so that rounding does not add up. */
export function columnSums(x: usize, sums: usize, rows: i32, n: i32): void {
  zero(sums, n);
  const line = (<usize>n) << 2;
  for (let firstRow = 0; firstRow < rows; firstRow += 64) {
    const count = min(64, rows - firstRow);
    let at = x + (<usize>firstRow) * line;
    let to = sums;
    let j = 0;
    for (; j + 16 <= n; j += 16) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      let from = at;
      for (let row = 0; row < count; row++) {
        s0 = f32x4.add(s0, v128.load(from));
        s1 = f32x4.add(s1, v128.load(from, 16));
        s2 = f32x4.add(s2, v128.load(from, 32));
        s3 = f32x4.add(s3, v128.load(from, 48));
        from += line;
      }
      v128.store(to, f32x4.add(v128.load(to), s0));
      v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
      v128.store(to, f32x4.add(v128.load(to, 32), s2), 32);
      v128.store(to, f32x4.add(v128.load(to, 48), s3), 48);
      at += 64;
      to += 64;
    }
    for (; j + 4 <= n; j += 4) {
      let s0 = f32x4.splat(0);
      let from = at;
      for (let row = 0; row < count; row++) {
        s0 = f32x4.add(s0, v128.load(from));
        from += line;
      }
      v128.store(to, f32x4.add(v128.load(to), s0));
      at += 16;
      to += 16;
    }
    for (; j < n; j++) {
      let sum: f32 = 0;
      let from = at;
      for (let row = 0; row < count; row++) {
        sum += load<f32>(from);
        from += line;
      }
      store<f32>(to, load<f32>(to) + sum);
      at += 4;
      to += 4;
    }
  }
}

/** x [rows, n] += bias [n], then at least 0 and at most `most` where `clip`. */
export function addBias(x: usize, bias: usize, rows: i32, n: i32, clip: bool, most: f32): void {
  const low = f32x4.splat(0), high = f32x4.splat(most);
  for (let row = 0; row < rows; row++) {
    let from = bias;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      let value = f32x4.add(v128.load(x), v128.load(from));
      if (clip) value = f32x4.min(f32x4.max(value, low), high);
      v128.store(x, value);
      x += 16;
      from += 16;
    }
    for (; j < n; j++) {
      let value = load<f32>(x) + load<f32>(from);
      if (clip) value = min(max(value, <f32>0), most);
      store<f32>(x, value);
      x += 4;
      from += 4;
    }
  }
}

/** out = x bounded by `low` and `high`; NaN stays NaN. */
export function clip(x: usize, out: usize, n: i32, low: f32, high: f32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16) {
    v128.store(out, f32x4.min(f32x4.max(v128.load(x), lows), highs));
    out += 16;
  }
  for (; x < end; x += 4) {
    store<f32>(out, min(max(load<f32>(x), low), high));
    out += 4;
  }
}

/** out = dy where x lies within `low` and `high`, else 0. */
export function clipGradient(x: usize, dy: usize, out: usize, n: i32, low: f32, high: f32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16) {
    const value = v128.load(x);
    v128.store(out, v128.and(v128.load(dy), v128.and(f32x4.ge(value, lows), f32x4.le(value, highs))));
    dy += 16;
    out += 16;
  }
  for (; x < end; x += 4) {
    const value = load<f32>(x);
    store<f32>(out, value >= low && value <= high ? load<f32>(dy) : 0);
    dy += 4;
    out += 4;
  }
}

/** Above this, tanh in floats is 1. */
const FLAT: f32 = 9.02;

/**
 * e^2x by 2^n e^r with |r| <= ln(2) / 2, and tanh = 1 - 2 / (e^2x + 1); near 0, where that loses digits, the series.
 * Within 3e-7 of the value.
 */
@inline
function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const size = f32x4.abs(x);
  const t = f32x4.min(f32x4.add(size, size), f32x4.splat(2 * FLAT));
  const n = f32x4.nearest(f32x4.mul(t, f32x4.splat(1.4426950408889634)));
  // ln(2) in two parts: the first has so few digits that its product with n is exact.
  let r = f32x4.sub(t, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let e = f32x4.splat(1.0 / 5040.0);
  e = madd(f32x4.splat(1.0 / 720.0), e, r);
  e = madd(f32x4.splat(1.0 / 120.0), e, r);
  e = madd(f32x4.splat(1.0 / 24.0), e, r);
  e = madd(f32x4.splat(1.0 / 6.0), e, r);
  e = madd(f32x4.splat(0.5), e, r);
  e = madd(f32x4.splat(1), e, r);
  e = madd(f32x4.splat(1), e, r);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  e = f32x4.mul(e, power);
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  const square = f32x4.mul(size, size);
  let near = f32x4.splat(62.0 / 2835.0);
  near = madd(f32x4.splat(-17.0 / 315.0), near, square);
  near = madd(f32x4.splat(2.0 / 15.0), near, square);
  near = madd(f32x4.splat(-1.0 / 3.0), near, square);
  near = madd(size, f32x4.mul(near, square), size);
  return v128.or(v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.25))), sign);
}

/** out = tanh x; NaN stays NaN. */
export function tanh(x: usize, out: usize, n: i32): void {
  const end = x + ((<usize>n) << 2);
  for (; x + 16 <= end; x += 16) {
    const value = v128.load(x);
    v128.store(out, v128.bitselect(tanh4(value), value, f32x4.eq(value, value)));
    out += 16;
  }
  for (; x < end; x += 4) {
    const value = load<f32>(x);
    store<f32>(out, value == value ? f32x4.extract_lane(tanh4(f32x4.splat(value)), 0) : value);
    out += 4;
  }
}

/** The gradient of max pooling: each output's goes to the first greatest input of its window. dx holds zeros before. */
export function maxPoolGradient(
  x: usize, dy: usize, dx: usize,
  batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, windowHeight: i32, windowWidth: i32,
  strideY: i32, strideX: i32, top: i32, left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  for (let example = 0; example < batch; example++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const y0 = max(0, oy * strideY - top);
      const y1 = min(height, oy * strideY - top + windowHeight);
      for (let ox = 0; ox < outWidth; ox++) {
        const x0 = max(0, ox * strideX - left);
        const x1 = min(width, ox * strideX - left + windowWidth);
        const corner = (<usize>((example * height + y0) * width + x0)) * pixel;
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          const at = corner + ((<usize>c) << 2);
          let best = v128.load(x + at);
          let place = i32x4.splat(0);
          let index = 0;
          for (let py = y0; py < y1; py++) {
            let here = x + at + (<usize>((py - y0) * width)) * pixel;
            for (let px = x0; px < x1; px++) {
              const value = v128.load(here);
              const greater = f32x4.gt(value, best);
              best = v128.bitselect(value, best, greater);
              place = v128.bitselect(i32x4.splat(index), place, greater);
              here += pixel;
              index++;
            }
          }
          const gradient = v128.load(dy);
          dy += 16;
          index = 0;
          for (let py = y0; py < y1; py++) {
            let here = dx + at + (<usize>((py - y0) * width)) * pixel;
            for (let px = x0; px < x1; px++) {
              const mine = v128.and(gradient, i32x4.eq(place, i32x4.splat(index)));
              v128.store(here, f32x4.add(v128.load(here), mine));
              here += pixel;
              index++;
            }
          }
        }
        for (; c < channels; c++) {
          let at = corner + ((<usize>c) << 2);
          let best = at;
          for (let py = y0; py < y1; py++) {
            let here = at + (<usize>((py - y0) * width)) * pixel;
            for (let px = x0; px < x1; px++) {
              if (load<f32>(x + here) > load<f32>(x + best)) best = here;
              here += pixel;
            }
          }
          store<f32>(dx + best, load<f32>(dx + best) + load<f32>(dy));
          dy += 4;
        }
      }
    }
  }
}

/**
 * A depthwise convolution's gradient by its input (`byInput`: dx += dy w) or by its kernel (else: dw += x dy). What is
 * added to holds zeros before. `multiplier` is outputs per channel; the kernel is [kernel height, kernel width, channels, multiplier].
 */
export function depthwiseGradient(
  byInput: bool, x: usize, w: usize, dy: usize,
  batch: i32, height: i32, width: i32, channels: i32, multiplier: i32,
  outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
): void {
  const outputs = channels * multiplier;
  for (let example = 0; example < batch; example++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let fy = 0; fy < kernelHeight; fy++) {
        const y = oy * strideY - top + fy * dilationY;
        if (y < 0 || y >= height) continue;
        for (let ox = 0; ox < outWidth; ox++) {
          let gradient = dy + (((<usize>((example * outHeight + oy) * outWidth + ox)) * <usize>outputs) << 2);
          for (let fx = 0; fx < kernelWidth; fx++) {
            const px = ox * strideX - left + fx * dilationX;
            if (px < 0 || px >= width) continue;
            let input = x + (((<usize>((example * height + y) * width + px)) * <usize>channels) << 2);
            let tap = w + (((<usize>(fy * kernelWidth + fx)) * <usize>outputs) << 2);
            let from = gradient;
            let c = 0;
            if (multiplier == 1) {
              if (byInput) {
                for (; c + 4 <= channels; c += 4) {
                  v128.store(input, madd(v128.load(input), v128.load(from), v128.load(tap)));
                  input += 16;
                  from += 16;
                  tap += 16;
                }
              } else {
                for (; c + 4 <= channels; c += 4) {
                  v128.store(tap, madd(v128.load(tap), v128.load(input), v128.load(from)));
                  input += 16;
                  from += 16;
                  tap += 16;
                }
              }
            }
            for (; c < channels; c++) {
              for (let q = 0; q < multiplier; q++) {
                if (byInput) store<f32>(input, load<f32>(input) + load<f32>(from) * load<f32>(tap));
                else store<f32>(tap, load<f32>(tap) + load<f32>(input) * load<f32>(from));
                from += 4;
                tap += 4;
              }
              input += 4;
            }
          }
        }
      }
    }
  }
}
