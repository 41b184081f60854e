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

/**
 * Up to five rows of A times a strip of B: ten sums fill the registers that there are. The rows begin at a0 to a4 and each is
 * `lines` times `length` numbers, `step` bytes apart, with `jump` bytes more from a line's end to the next one's beginning.
 * B's rows of eight are `bStep` bytes apart, C's `ldc`.
 */
@inline
function tile5(
  a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, step: usize, length: i32, jump: usize, lines: i32,
  b: usize, bStep: usize, c: usize, ldc: usize, rows: i32, width: i32, add: bool,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00;
  const line = <usize>length * bStep;
  for (; lines > 0; lines--) {
    const end = b + line;
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
      a0 += step;
      a1 += step;
      a2 += step;
      a3 += step;
      a4 += step;
      b += bStep;
    }
    a0 += jump;
    a1 += jump;
    a2 += jump;
    a3 += jump;
    a4 += jump;
  }
  put(c, c00, c01, width, add);
  if (rows > 1) put(c + ldc, c10, c11, width, add);
  if (rows > 2) put(c + 2 * ldc, c20, c21, width, add);
  if (rows > 3) put(c + 3 * ldc, c30, c31, width, add);
  if (rows > 4) put(c + 4 * ldc, c40, c41, width, add);
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

// Work that threads share is called once a part, from 0 to `parts` - 1, in any order and on any thread. No number depends on
// how many parts there are: each is computed whole, within one part. `thread` says whose scratch a call may use.

/** Where a part begins, of `total` things; the next part's beginning is its end. */
@inline
function beginning(part: i32, parts: i32, total: i32): i32 {
  return <i32>((<i64>total * part) / parts);
}

/** Adds bias [width], if there is one, to rows of up to eight columns of C, then bounds them to 0 and `most` where `clip`. */
function finish(c: usize, ldc: usize, rows: i32, width: i32, bias: usize, clip: bool, most: f32): void {
  const low = f32x4.splat(0), high = f32x4.splat(most);
  if (width == 8) {
    const b0 = bias ? v128.load(bias) : low, b1 = bias ? v128.load(bias, 16) : low;
    for (; rows > 0; rows--) {
      let v0 = f32x4.add(v128.load(c), b0), v1 = f32x4.add(v128.load(c, 16), b1);
      if (clip) {
        v0 = f32x4.min(f32x4.max(v0, low), high);
        v1 = f32x4.min(f32x4.max(v1, low), high);
      }
      v128.store(c, v0);
      v128.store(c, v1, 16);
      c += ldc;
    }
    return;
  }
  for (; rows > 0; rows--) {
    for (let x = 0; x < width; x++) {
      const at = (<usize>x) << 2;
      let value = load<f32>(c + at);
      if (bias) value += load<f32>(bias + at);
      if (clip) value = min(max(value, <f32>0), most);
      store<f32>(c + at, value);
    }
    c += ldc;
  }
}

/** Columns of B from which `gemm` works on eight at a time, and A's columns from which it does otherwise, too. */
const NARROW: i32 = 4;
const LEAST_DEPTH: i32 = 8;

/** B's columns [k], one after the other, each filled up with zeros to a multiple of four; to an even number of them. */
function packNarrow(b: usize, rowStride: usize, columnStride: usize, k: i32, n: i32, to: usize): void {
  const whole = (k + 3) & ~3;
  for (let j = 0; j < ((n + 1) & ~1); j++) {
    let from = b + <usize>j * columnStride;
    for (let p = 0; p < whole; p++) {
      store<f32>(to, p < k && j < n ? load<f32>(from) : 0);
      from += rowStride;
      to += 4;
    }
  }
}

@inline
function total(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3));
}

@inline
function putPair(c: usize, s0: f32, s1: f32, both: bool, add: bool): void {
  store<f32>(c, add ? s0 + load<f32>(c) : s0);
  if (both) store<f32>(c, add ? s1 + load<f32>(c, 4) : s1, 4);
}

/** Rows of A, whose numbers are consecutive, times two columns of B as `packNarrow` leaves them; the second only where `both`. */
function narrow(a: usize, aRow: usize, k: i32, b: usize, c: usize, ldc: usize, rows: i32, both: bool, add: bool): void {
  const four = (<usize>(k & ~3)) << 2;
  const second = (<usize>((k + 3) & ~3)) << 2;
  while (rows > 0) {
    // Where fewer rows are left, the last one is computed several times.
    const a1 = rows > 1 ? a + aRow : a, a2 = rows > 2 ? a1 + aRow : a1, a3 = rows > 3 ? a2 + aRow : a2;
    let s00 = f32x4.splat(0);
    let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    for (let at: usize = 0; at < four; at += 16) {
      const b0 = v128.load(b + at), b1 = v128.load(b + second + at);
      const x0 = v128.load(a + at);
      s00 = madd(s00, x0, b0);
      s01 = madd(s01, x0, b1);
      const x1 = v128.load(a1 + at);
      s10 = madd(s10, x1, b0);
      s11 = madd(s11, x1, b1);
      const x2 = v128.load(a2 + at);
      s20 = madd(s20, x2, b0);
      s21 = madd(s21, x2, b1);
      const x3 = v128.load(a3 + at);
      s30 = madd(s30, x3, b0);
      s31 = madd(s31, x3, b1);
    }
    let t00 = total(s00), t01 = total(s01), t10 = total(s10), t11 = total(s11);
    let t20 = total(s20), t21 = total(s21), t30 = total(s30), t31 = total(s31);
    for (let at = four; at < (<usize>k) << 2; at += 4) {
      const b0 = load<f32>(b + at), b1 = load<f32>(b + second + at);
      t00 += load<f32>(a + at) * b0;
      t01 += load<f32>(a + at) * b1;
      t10 += load<f32>(a1 + at) * b0;
      t11 += load<f32>(a1 + at) * b1;
      t20 += load<f32>(a2 + at) * b0;
      t21 += load<f32>(a2 + at) * b1;
      t30 += load<f32>(a3 + at) * b0;
      t31 += load<f32>(a3 + at) * b1;
    }
    putPair(c, t00, t01, both, add);
    if (rows > 1) putPair(c + ldc, t10, t11, both, add);
    if (rows > 2) putPair(c + 2 * ldc, t20, t21, both, add);
    if (rows > 3) putPair(c + 3 * ldc, t30, t31, both, add);
    a += 4 * aRow;
    c += 4 * ldc;
    rows -= 4;
  }
}

/**
 * C [m, n] = A [m, k] B [k, n]. A and B are anywhere by their strides, so a transpose costs nothing; C's columns are
 * consecutive, its rows `ldc` apart. Then bias [n], if it is no null pointer, is added to each row, and the sum is bounded to
 * 0 and `most` where `clip`. `scratch`: gemmScratch() floats a thread.
 */
export function gemm(
  a: usize, aRow: usize, aColumn: usize,
  b: usize, bRow: usize, bColumn: usize,
  c: usize, ldc: usize,
  m: i32, n: i32, k: i32, scratch: usize,
  bias: usize, clip: bool, most: f32,
  thread: i32, part: i32, parts: i32,
): void {
  scratch += ((<usize>thread * DEPTH * COLUMNS) << 2);
  // Parts of the columns pack a part of B each; parts of the rows all pack all of it.
  const strips = (n + 7) >> 3;
  const fives = (m + 4) / 5;
  const byColumns = strips >= 2 * parts || strips >= fives;
  const startColumn = byColumns ? beginning(part, parts, strips) * 8 : 0;
  const endColumn = byColumns ? min(n, beginning(part + 1, parts, strips) * 8) : n;
  const startRow = byColumns ? 0 : beginning(part, parts, fives) * 5;
  const endRow = byColumns ? m : min(m, beginning(part + 1, parts, fives) * 5);
  if (startRow >= endRow) return;
  const finishing = bias != 0 || clip;
  if (n <= NARROW && aColumn == 4 && k >= LEAST_DEPTH) {
    const rows = endRow - startRow;
    a += <usize>startRow * aRow;
    c += <usize>startRow * ldc;
    for (let firstDepth = 0; firstDepth < k; firstDepth += DEPTH) {
      const depth = min(DEPTH, k - firstDepth);
      packNarrow(b + <usize>firstDepth * bRow, bRow, bColumn, depth, n, scratch);
      for (let j = 0; j < n; j += 2) {
        const columns = scratch + (((<usize>j) * <usize>((depth + 3) & ~3)) << 2);
        const to = c + ((<usize>j) << 2);
        narrow(a + ((<usize>firstDepth) << 2), aRow, depth, columns, to, ldc, rows, j + 1 < n, firstDepth > 0);
      }
    }
    if (finishing) finish(c, ldc, rows, n, bias, clip, most);
    return;
  }
  for (let firstColumn = startColumn; firstColumn < endColumn; firstColumn += COLUMNS) {
    const columns = min(COLUMNS, endColumn - firstColumn);
    for (let firstDepth = 0; firstDepth < k; firstDepth += DEPTH) {
      const depth = min(DEPTH, k - firstDepth);
      pack(b + <usize>firstDepth * bRow + <usize>firstColumn * bColumn, bRow, bColumn, depth, columns, scratch);
      const add = firstDepth > 0;
      for (let firstRow = startRow; firstRow < endRow; firstRow += ROWS) {
        const rows = min(ROWS, endRow - firstRow);
        for (let j = 0; j < columns; j += 8) {
          const strip = scratch + (<usize>j) * <usize>depth * 4;
          const width = min(8, columns - j);
          let from = a + <usize>firstRow * aRow + <usize>firstDepth * aColumn;
          let to = c + <usize>firstRow * ldc + ((<usize>(firstColumn + j)) << 2);
          let left = rows;
          for (; left > 2; left -= 5) {
            const a1 = from + aRow, a2 = a1 + aRow;
            const a3 = left > 3 ? a2 + aRow : a2;
            const a4 = left > 4 ? a3 + aRow : a3;
            tile5(from, a1, a2, a3, a4, aColumn, depth, 0, 1, strip, 32, to, ldc, min(5, left), width, add);
            from += aRow * 5;
            to += ldc * 5;
          }
          for (; left > 0; left--) {
            tile1(from, aColumn, strip, to, depth, width, add);
            from += aRow;
            to += ldc;
          }
          if (finishing && firstDepth + depth == k) {
            const block = c + <usize>firstRow * ldc + ((<usize>(firstColumn + j)) << 2);
            const own = bias ? bias + ((<usize>(firstColumn + j)) << 2) : 0;
            finish(block, ldc, rows, width, own, clip, most);
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
 * A convolution's kernel as `convolve` reads it: strips of eight of its n outputs, each [kernel height, kernel width, k, 8], or
 * with `byColumn` [kernel width, kernel height, k, 8]; the last one is filled up with zeros. Strides are in bytes and may be
 * negative, which turns the kernel around.
 */
export function packKernel(
  kernel: usize, to: usize, height: i32, width: i32, k: i32, n: i32,
  rowStride: isize, columnStride: isize, kStride: isize, nStride: isize, byColumn: bool,
): void {
  const taps = height * width;
  for (let j = 0; j < n; j += 8) {
    for (let tap = 0; tap < taps; tap++) {
      const row = byColumn ? tap % height : tap / width;
      const column = byColumn ? tap / height : tap % width;
      const from = <isize>kernel + row * rowStride + column * columnStride + j * nStride;
      pack(<usize>from, kStride, nStride, k, min(8, n - j), to);
      to += (<usize>k) << 5;
    }
  }
}

/** A picture with its borders: `top` and `left` pixels of zeros before it, cut or filled up to [toHeight, toWidth]. */
function padPicture(
  from: usize, to: usize, height: i32, width: i32, channels: i32,
  top: i32, left: i32, toHeight: i32, toWidth: i32,
): void {
  const start = min(toWidth, max(0, left));
  const end = max(start, min(toWidth, left + width));
  for (let row = 0; row < toHeight; row++) {
    const y = row - top;
    if (y < 0 || y >= height) {
      to = zero(to, toWidth * channels);
      continue;
    }
    to = zero(to, start * channels);
    to = copy(from + ((<usize>((y * width + start - left) * channels)) << 2), to, (end - start) * channels);
    to = zero(to, (toWidth - end) * channels);
  }
}

/** Outputs of a convolution that are worked on at once: their inputs stay in the first-level cache. */
const OUTPUTS: i32 = 60;

/**
 * out [batch, outHeight, outWidth, outChannels] = x convolved with a kernel packed by `packKernel`: by column where `dilationX`
 * is above 1. A part is some lines of the outputs. `scratch`: a picture with its borders for each thread, `scratchStride`
 * bytes apart.
 */
export function convolve(
  x: usize, packed: usize, out: usize, scratch: usize, scratchStride: usize,
  batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32,
  kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  thread: i32, part: i32, parts: i32,
): void {
  scratch += <usize>thread * scratchStride;
  const paddedHeight = (outHeight - 1) * strideY + (kernelHeight - 1) * dilationY + 1;
  const paddedWidth = (outWidth - 1) * strideX + (kernelWidth - 1) * dilationX + 1;
  const bordered = top != 0 || left != 0 || paddedHeight > height || paddedWidth > width;
  const row = ((<usize>(bordered ? paddedWidth : width)) * <usize>channels) << 2;
  const pixel = (<usize>channels) << 2;
  // A patch is some lines of consecutive numbers; a dilated one has a line a pixel, and is taken column by column.
  const columns = dilationX == 1 ? 1 : kernelWidth;
  const length = dilationX == 1 ? kernelWidth * channels : channels;
  const jump = <usize>dilationY * row - ((<usize>length) << 2);
  const column = ((<usize>(kernelHeight * length)) << 5);
  const strip = column * <usize>columns;
  const line = (<usize>outChannels) << 2;
  const end = beginning(part + 1, parts, batch * outHeight);
  for (let first = beginning(part, parts, batch * outHeight); first < end; ) {
    const example = first / outHeight;
    const firstLine = first - example * outHeight;
    const lines = min(outHeight - firstLine, end - first);
    first += lines;
    let picture = x + ((<usize>example * <usize>height * <usize>(width * channels)) << 2);
    if (bordered) {
      padPicture(picture, scratch, height, width, channels, top, left, paddedHeight, paddedWidth);
      picture = scratch;
    }
    const lastOutput = (firstLine + lines) * outWidth;
    for (let block = firstLine * outWidth; block < lastOutput; block += OUTPUTS) {
      const blockEnd = min(block + OUTPUTS, lastOutput);
      for (let j = 0; j < outChannels; j += 8) {
        const width8 = min(8, outChannels - j);
        for (let c = 0; c < columns; c++) {
          const b = packed + (<usize>(j >> 3)) * strip + <usize>c * column;
          const start = picture + <usize>(c * dilationX) * pixel;
          let to = out + (<usize>(example * outHeight * outWidth + block)) * line + ((<usize>j) << 2);
          let oy = block / outWidth;
          let ox = block - oy * outWidth;
          for (let output = block; output < blockEnd; output += 5) {
            const rows = min(5, blockEnd - output);
            const a0 = start + <usize>(oy * strideY) * row + <usize>(ox * strideX) * pixel;
            let a1 = a0, a2 = a0, a3 = a0, a4 = a0;
            if (++ox == outWidth) ox = 0, oy++;
            if (rows > 1) {
              a1 = start + <usize>(oy * strideY) * row + <usize>(ox * strideX) * pixel;
              if (++ox == outWidth) ox = 0, oy++;
            }
            if (rows > 2) {
              a2 = start + <usize>(oy * strideY) * row + <usize>(ox * strideX) * pixel;
              if (++ox == outWidth) ox = 0, oy++;
            }
            if (rows > 3) {
              a3 = start + <usize>(oy * strideY) * row + <usize>(ox * strideX) * pixel;
              if (++ox == outWidth) ox = 0, oy++;
            }
            if (rows > 4) {
              a4 = start + <usize>(oy * strideY) * row + <usize>(ox * strideX) * pixel;
              if (++ox == outWidth) ox = 0, oy++;
            }
            tile5(a0, a1, a2, a3, a4, 4, length, jump, kernelHeight, b, 32, to, line, rows, width8, c > 0);
            to += 5 * line;
          }
        }
      }
    }
  }
}

/**
 * The gradient of a convolution by its kernel: dw [kernel height, kernel width, channels, outChannels]. A part is some of the
 * gradient's numbers. `scratch` for each thread, `scratchStride` bytes apart: a picture with its borders, then
 * [outHeight, outWidth, 8].
 */
export function kernelGradient(
  x: usize, dy: usize, dw: usize, scratch: usize, scratchStride: usize,
  batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32,
  kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  thread: i32, part: i32, parts: i32,
): void {
  scratch += <usize>thread * scratchStride;
  const paddedHeight = (outHeight - 1) * strideY + (kernelHeight - 1) * dilationY + 1;
  const paddedWidth = (outWidth - 1) * strideX + (kernelWidth - 1) * dilationX + 1;
  const bordered = top != 0 || left != 0 || paddedHeight > height || paddedWidth > width;
  const packed = scratch + (bordered ? ((<usize>paddedHeight * <usize>(paddedWidth * channels)) << 2) : 0);
  const row = ((<usize>(bordered ? paddedWidth : width)) * <usize>channels) << 2;
  const pixel = (<usize>channels) << 2;
  const line = (<usize>outChannels) << 2;
  const step = <usize>strideX * pixel;
  const jump = <usize>strideY * row - <usize>outWidth * step;
  const patch = kernelHeight * kernelWidth * channels;
  const tiles = (patch + 4) / 5;
  const units = tiles * ((outChannels + 7) >> 3);
  const start = beginning(part, parts, units);
  const end = beginning(part + 1, parts, units);
  if (start >= end) return;
  // Lines of dy that stay in the first-level cache.
  const band = max(1, 256 / outWidth);
  for (let example = 0; example < batch; example++) {
    let picture = x + ((<usize>example * <usize>height * <usize>(width * channels)) << 2);
    if (bordered) {
      padPicture(picture, scratch, height, width, channels, top, left, paddedHeight, paddedWidth);
      picture = scratch;
    }
    const gradient = dy + <usize>example * <usize>(outHeight * outWidth) * line;
    const last = outChannels & ~7;
    if (last < outChannels && (end - 1) / tiles == last >> 3) {
      pack(gradient + ((<usize>last) << 2), line, 4, outHeight * outWidth, outChannels - last, packed);
    }
    for (let firstLine = 0; firstLine < outHeight; firstLine += band) {
      const lines = min(band, outHeight - firstLine);
      const corner = picture + <usize>(firstLine * strideY) * row;
      const add = example > 0 || firstLine > 0;
      for (let unit = start; unit < end; unit++) {
        const j = (unit / tiles) << 3;
        const first = (unit % tiles) * 5;
        const rows = min(5, patch - first);
        const a0 = tapAddress(first, corner, row, pixel, channels, kernelWidth, dilationY, dilationX);
        let a1 = a0, a2 = a0, a3 = a0, a4 = a0;
        if (rows > 1) a1 = tapAddress(first + 1, corner, row, pixel, channels, kernelWidth, dilationY, dilationX);
        if (rows > 2) a2 = tapAddress(first + 2, corner, row, pixel, channels, kernelWidth, dilationY, dilationX);
        if (rows > 3) a3 = tapAddress(first + 3, corner, row, pixel, channels, kernelWidth, dilationY, dilationX);
        if (rows > 4) a4 = tapAddress(first + 4, corner, row, pixel, channels, kernelWidth, dilationY, dilationX);
        const whole = j < last;
        const bStep: usize = whole ? line : 32;
        const b = (whole ? gradient + ((<usize>j) << 2) : packed) + <usize>(firstLine * outWidth) * bStep;
        const to = dw + <usize>first * line + ((<usize>j) << 2);
        tile5(a0, a1, a2, a3, a4, step, outWidth, jump, lines, b, bStep, to, line, rows, min(8, outChannels - j), add);
      }
    }
  }
}

/** Of the number `index` of a patch [kernel height, kernel width, channels] whose first number is at `corner`. */
@inline
function tapAddress(
  index: i32, corner: usize, row: usize, pixel: usize, channels: i32, kernelWidth: i32, dilationY: i32, dilationX: i32,
): usize {
  const tap = index / channels;
  const fy = tap / kernelWidth;
  const fx = tap - fy * kernelWidth;
  return corner + <usize>(fy * dilationY) * row + <usize>(fx * dilationX) * pixel + ((<usize>(index - tap * channels)) << 2);
}

/** Adds rows of patches to the pictures x that they lie in: `count` under the outputs from `first` on, counted through batch, height and width. */
function scatterPatches(
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

/** How many of so many numbers are not 0. */
export function nonZeros(at: usize, count: i32): i32 {
  let counts = i32x4.splat(0);
  const end = at + ((<usize>count) << 2);
  // Where a comparison holds, all bits are set: -1.
  for (; at + 16 <= end; at += 16) counts = i32x4.sub(counts, f32x4.ne(v128.load(at), f32x4.splat(0)));
  let found = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  found += i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (; at < end; at += 4) found += i32(load<f32>(at) != 0);
  return found;
}

/** Above one in so many numbers that are not 0, a picture's gradient is computed densely. */
const SPARSE: i32 = 3;

/** A kernel as [out channels, kernel height, kernel width * in channels], its rows filled up with zeros to whole vectors. */
export function turnKernel(kernel: usize, turned: usize, rows: i32, length: i32, outChannels: i32): void {
  const whole = (length + 3) & ~3;
  const line = (<usize>outChannels) << 2;
  for (let c = 0; c < outChannels; c++) {
    let from = kernel + ((<usize>c) << 2);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < whole; i++) {
        store<f32>(turned, i < length ? load<f32>(from) : 0);
        if (i < length) from += line;
        turned += 4;
      }
    }
  }
}

/**
 * Lists a pixel's numbers of dy that are not 0: the address of their kernel and they themselves. Each is written, and kept or not: which
 * are 0 no processor can guess. The list has room for all of them and one more. @returns its end.
 */
@inline
function listNonZeros(dy: usize, kernel: usize, kernelBytes: usize, outChannels: i32, list: usize): usize {
  for (const end = dy + ((<usize>outChannels) << 2); dy < end; dy += 4) {
    const value = load<f32>(dy);
    store<usize>(list, kernel);
    store<f32>(list, value, 4);
    list += (<usize>(value != 0)) << 3;
    kernel += kernelBytes;
  }
  return list;
}

@inline
function addAt(corner: usize, offset: usize, sum: v128): void {
  const at = corner + load<usize>(offset);
  v128.store(at, f32x4.add(v128.load(at), sum));
}

/** Adds six vectors, from `skipped` bytes on, of the sum of what is listed times its kernels to the picture at the corner. */
function addSix(list: usize, end: usize, skipped: usize, corner: usize, offset: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
  for (; list < end; list += 8) {
    const k = load<usize>(list) + skipped;
    const factor = v128.load32_splat(list, 4);
    s0 = madd(s0, factor, v128.load(k));
    s1 = madd(s1, factor, v128.load(k, 16));
    s2 = madd(s2, factor, v128.load(k, 32));
    s3 = madd(s3, factor, v128.load(k, 48));
    s4 = madd(s4, factor, v128.load(k, 64));
    s5 = madd(s5, factor, v128.load(k, 80));
  }
  addAt(corner, offset, s0);
  addAt(corner, offset + 4, s1);
  addAt(corner, offset + 8, s2);
  addAt(corner, offset + 12, s3);
  addAt(corner, offset + 16, s4);
  addAt(corner, offset + 20, s5);
}

/** The same of three. */
function addThree(list: usize, end: usize, skipped: usize, corner: usize, offset: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0;
  for (; list < end; list += 8) {
    const k = load<usize>(list) + skipped;
    const factor = v128.load32_splat(list, 4);
    s0 = madd(s0, factor, v128.load(k));
    s1 = madd(s1, factor, v128.load(k, 16));
    s2 = madd(s2, factor, v128.load(k, 32));
  }
  addAt(corner, offset, s0);
  addAt(corner, offset + 4, s1);
  addAt(corner, offset + 8, s2);
}

function addOne(list: usize, end: usize, skipped: usize, corner: usize, offset: usize): void {
  let sum = f32x4.splat(0);
  for (; list < end; list += 8) sum = madd(sum, v128.load32_splat(list, 4), v128.load(load<usize>(list) + skipped));
  addAt(corner, offset, sum);
}

/** Floats of scratch that `spreadKernels` wants for a kernel of so many vectors. */
function spreadScratch(vectors: i32, outChannels: i32): i32 {
  return vectors + 2 * (outChannels + 1);
}

/**
 * Adds the kernel of each number of dy that is not 0, times it, to a picture with its borders, whose last row may be passed by three
 * floats. A pixel's are summed first, so that memory is written once.
 */
function spreadKernels(
  dy: usize, turned: usize, picture: usize, line: usize, pixel: usize, scratch: usize,
  outHeight: i32, outWidth: i32, outChannels: i32, kernelHeight: i32, rowBytes: usize,
  strideY: i32, strideX: i32, dilationY: i32,
): void {
  const kernelBytes = <usize>kernelHeight * rowBytes;
  // [vectors of a kernel]: where they lie in the picture, from the corner.
  const offsets = scratch;
  const list = scratch + (kernelBytes >> 2);
  for (let fy = 0; fy < kernelHeight; fy++) {
    for (let i: usize = 0; i < rowBytes; i += 16) {
      store<usize>(scratch, <usize>(fy * dilationY) * line + i);
      scratch += 4;
    }
  }
  for (let oy = 0; oy < outHeight; oy++) {
    let corner = picture + <usize>(oy * strideY) * line;
    for (let ox = 0; ox < outWidth; ox++) {
      const end = listNonZeros(dy, turned, kernelBytes, outChannels, list);
      if (end > list) {
        let at: usize = 0;
        for (; at + 96 <= kernelBytes; at += 96) addSix(list, end, at, corner, offsets + (at >> 2));
        for (; at + 48 <= kernelBytes; at += 48) addThree(list, end, at, corner, offsets + (at >> 2));
        for (; at < kernelBytes; at += 16) addOne(list, end, at, corner, offsets + (at >> 2));
      }
      dy += (<usize>outChannels) << 2;
      corner += <usize>strideX * pixel;
    }
  }
}

/** The picture [height, width] without its borders. */
function cutPicture(
  from: usize, fromHeight: i32, fromWidth: i32, to: usize, height: i32, width: i32, channels: i32, top: i32, left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const inside = max(0, min(width, fromWidth - left));
  for (let y = 0; y < height; y++) {
    const row = y + top;
    const columns = row < fromHeight ? inside : 0;
    to = copy(from + <usize>(row * fromWidth + left) * pixel, to, columns * channels);
    to = zero(to, (width - columns) * channels);
  }
}

/** Patches that are worked on at once: with the patches of common convolutions they fit the second-level cache. */
const PATCHES: i32 = 240;

/** Floats of scratch for each thread of `stridedInputGradient`; `bordered`: those of a picture with its borders. */
export function patchesScratch(bordered: i32, channels: i32, outChannels: i32, kernelHeight: i32, kernelWidth: i32): i32 {
  const vectors = kernelHeight * ((kernelWidth * channels + 3) >> 2);
  return max(PATCHES * kernelHeight * kernelWidth * channels, bordered + 4 + spreadScratch(vectors, outChannels));
}

/**
 * The gradient of a convolution by its input, dx, at any stride: the gradients of patches, added up; of an example most of whose
 * dy is 0, as behind max pooling, what is not 0 only. A part is some examples. `turned`: as `turnKernel` leaves the kernel;
 * `gemmRoom`: gemmScratch() floats a thread; `patchRoom`: `patchBytesEach` a thread, of patchesScratch() floats.
 */
export function stridedInputGradient(
  dy: usize, kernel: usize, turned: usize, dx: usize, gemmRoom: usize, patchRoom: usize, patchBytesEach: usize,
  batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, outChannels: i32,
  kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  thread: i32, part: i32, parts: i32,
): void {
  const patch = kernelHeight * kernelWidth * channels;
  const patches = patchRoom + <usize>thread * patchBytesEach;
  const rowBytes = (<usize>((kernelWidth * channels + 3) & ~3)) << 2;
  const pixel = (<usize>channels) << 2;
  const borderedHeight = (outHeight - 1) * strideY + (kernelHeight - 1) * dilationY + 1;
  const borderedWidth = (outWidth - 1) * strideX + kernelWidth;
  const outputs = outHeight * outWidth;
  const line = (<usize>outChannels) << 2;
  const picture = height * width * channels;
  const last = beginning(part + 1, parts, batch);
  for (let example = beginning(part, parts, batch); example < last; example++) {
    const own = dx + ((<usize>example * <usize>picture) << 2);
    const ownDy = dy + <usize>(example * outputs) * line;
    if (dilationX == 1 && nonZeros(ownDy, outputs * outChannels) * SPARSE < outputs * outChannels) {
      const bordered = borderedHeight * borderedWidth * channels + 4;
      const spreadRoom = patches + ((<usize>bordered) << 2);
      zero(patches, bordered);
      spreadKernels(
        ownDy, turned, patches, <usize>borderedWidth * pixel, pixel, spreadRoom,
        outHeight, outWidth, outChannels, kernelHeight, rowBytes, strideY, strideX, dilationY,
      );
      cutPicture(patches, borderedHeight, borderedWidth, own, height, width, channels, top, left);
      continue;
    }
    zero(own, picture);
    const end = (example + 1) * outputs;
    for (let first = example * outputs; first < end; first += PATCHES) {
      const count = min(PATCHES, end - first);
      const from = dy + <usize>first * line;
      const patchBytes = (<usize>patch) << 2;
      gemm(from, line, 4, kernel, 4, line, patches, patchBytes, count, patch, outChannels, gemmRoom, 0, false, 0, thread, 0, 1);
      scatterPatches(
        patches, dx, first, count, height, width, channels, outHeight, outWidth,
        kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left,
      );
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

/** x [rows, n] += bias [n], then at least 0 and at most `most` where `clip`. A part is some rows. */
export function addBias(
  x: usize, bias: usize, rows: i32, n: i32, clip: bool, most: f32,
  thread: i32, part: i32, parts: i32,
): void {
  const low = f32x4.splat(0), high = f32x4.splat(most);
  const first = beginning(part, parts, rows);
  const end = beginning(part + 1, parts, rows);
  x += (<usize>first * <usize>n) << 2;
  for (let row = first; row < end; row++) {
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

/** out [rows, n] = x plus (`operation` 0), minus (1) or times (2) row [n]. A part is some rows. */
export function byRow(
  operation: i32, x: usize, row: usize, out: usize, rows: i32, n: i32, thread: i32, part: i32, parts: i32,
): void {
  const first = beginning(part, parts, rows);
  const end = beginning(part + 1, parts, rows);
  x += (<usize>first * <usize>n) << 2;
  out += (<usize>first * <usize>n) << 2;
  for (let line = first; line < end; line++) {
    let from = row;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const a = v128.load(x), b = v128.load(from);
      v128.store(out, operation == 0 ? f32x4.add(a, b) : operation == 1 ? f32x4.sub(a, b) : f32x4.mul(a, b));
      x += 16;
      out += 16;
      from += 16;
    }
    for (; j < n; j++) {
      const a = load<f32>(x), b = load<f32>(from);
      store<f32>(out, operation == 0 ? a + b : operation == 1 ? a - b : a * b);
      x += 4;
      out += 4;
      from += 4;
    }
  }
}

/** out [rows, n] = (x - mean [n]) factor [n] + offset [n]. A part is some rows. */
export function normalize(
  x: usize, mean: usize, factor: usize, offset: usize, out: usize, rows: i32, n: i32,
  thread: i32, part: i32, parts: i32,
): void {
  const first = beginning(part, parts, rows);
  const end = beginning(part + 1, parts, rows);
  x += (<usize>first * <usize>n) << 2;
  out += (<usize>first * <usize>n) << 2;
  for (let line = first; line < end; line++) {
    let at: usize = 0;
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const centred = f32x4.sub(v128.load(x), v128.load(mean + at));
      v128.store(out, madd(v128.load(offset + at), centred, v128.load(factor + at)));
      x += 16;
      out += 16;
      at += 16;
    }
    for (; j < n; j++) {
      store<f32>(out, (load<f32>(x) - load<f32>(mean + at)) * load<f32>(factor + at) + load<f32>(offset + at));
      x += 4;
      out += 4;
      at += 4;
    }
  }
}

/** out = x bounded by `low` and `high`; NaN stays NaN. A part is a stretch of the numbers. */
export function clip(
  x: usize, out: usize, n: i32, low: f32, high: f32, thread: i32, part: i32, parts: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const skipped = (<usize>(beginning(part, parts, (n + 3) >> 2))) << 4;
  const end = x + min((<usize>n) << 2, (<usize>(beginning(part + 1, parts, (n + 3) >> 2))) << 4);
  x += skipped;
  out += skipped;
  for (; x + 16 <= end; x += 16) {
    v128.store(out, f32x4.min(f32x4.max(v128.load(x), lows), highs));
    out += 16;
  }
  for (; x < end; x += 4) {
    store<f32>(out, min(max(load<f32>(x), low), high));
    out += 4;
  }
}

/** out = dy where x lies within `low` and `high`, else 0. A part is a stretch of the numbers. */
export function clipGradient(
  x: usize, dy: usize, out: usize, n: i32, low: f32, high: f32, thread: i32, part: i32, parts: i32,
): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  const skipped = (<usize>(beginning(part, parts, (n + 3) >> 2))) << 4;
  const end = x + min((<usize>n) << 2, (<usize>(beginning(part + 1, parts, (n + 3) >> 2))) << 4);
  x += skipped;
  dy += skipped;
  out += skipped;
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

/** out = tanh x; NaN stays NaN. A part is a stretch of the numbers. */
export function tanh(x: usize, out: usize, n: i32, thread: i32, part: i32, parts: i32): void {
  const skipped = (<usize>(beginning(part, parts, (n + 3) >> 2))) << 4;
  const end = x + min((<usize>n) << 2, (<usize>(beginning(part + 1, parts, (n + 3) >> 2))) << 4);
  x += skipped;
  out += skipped;
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

/** `maxPoolGradient` of a picture by windows of 2 x 2 beside each other, without a border: each input is written once. */
function halvedPoolGradient(
  x: usize, dy: usize, dx: usize, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const line = <usize>width * pixel;
  const rest = width - 2 * outWidth;
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (const end = x + pixel; x < end; x += 16) {
        const v00 = v128.load(x), v01 = v128.load(x + pixel);
        const v10 = v128.load(x + line), v11 = v128.load(x + line + pixel);
        const by01 = f32x4.gt(v01, v00);
        const best01 = v128.bitselect(v01, v00, by01);
        const by10 = f32x4.gt(v10, best01);
        const by11 = f32x4.gt(v11, v128.bitselect(v10, best01, by10));
        let gradient = v128.load(dy);
        v128.store(dx + line + pixel, v128.and(gradient, by11));
        gradient = v128.andnot(gradient, by11);
        v128.store(dx + line, v128.and(gradient, by10));
        gradient = v128.andnot(gradient, by10);
        v128.store(dx + pixel, v128.and(gradient, by01));
        v128.store(dx, v128.andnot(gradient, by01));
        dx += 16;
        dy += 16;
      }
      x += pixel;
      dx += pixel;
    }
    // The end of both lines, which no window covers.
    x += <usize>rest * pixel + line;
    dx = zero(dx, rest * channels) + line;
    zero(dx - <usize>rest * pixel, rest * channels);
  }
  zero(dx, (height - 2 * outHeight) * width * channels);
}

/** The gradient of max pooling: each output's goes to the first greatest input of its window. A part is some examples. */
export function maxPoolGradient(
  x: usize, dy: usize, dx: usize,
  batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, windowHeight: i32, windowWidth: i32,
  strideY: i32, strideX: i32, top: i32, left: i32,
  thread: i32, part: i32, parts: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const first = beginning(part, parts, batch);
  const end = beginning(part + 1, parts, batch);
  const picture = <usize>(height * width) * pixel;
  const halved = windowHeight == 2 && windowWidth == 2 && strideY == 2 && strideX == 2 && top == 0 && left == 0;
  if (halved && 2 * outHeight <= height && 2 * outWidth <= width && (channels & 3) == 0) {
    const pooled = <usize>(outHeight * outWidth) * pixel;
    for (let example = first; example < end; example++) {
      const at = <usize>example * picture;
      halvedPoolGradient(x + at, dy + <usize>example * pooled, dx + at, height, width, channels, outHeight, outWidth);
    }
    return;
  }
  for (let example = first; example < end; example++) zero(dx + <usize>example * picture, height * width * channels);
  dy += <usize>first * <usize>(outHeight * outWidth) * pixel;
  for (let example = first; example < end; example++) {
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
 * A depthwise convolution's gradient by its input (`byInput`: dx += dy w) or by its kernel (else: dw += x dy).
 * `multiplier` is outputs per channel; the kernel is [kernel height, kernel width, channels, multiplier].
 */
export function depthwiseGradient(
  byInput: bool, x: usize, w: usize, dy: usize,
  batch: i32, height: i32, width: i32, channels: i32, multiplier: i32,
  outHeight: i32, outWidth: i32, kernelHeight: i32, kernelWidth: i32,
  strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, top: i32, left: i32,
  thread: i32, part: i32, parts: i32,
): void {
  const outputs = channels * multiplier;
  // A part of dx is some examples, of dw some channels.
  const firstExample = byInput ? beginning(part, parts, batch) : 0;
  const lastExample = byInput ? beginning(part + 1, parts, batch) : batch;
  const fours = (channels + 3) >> 2;
  const firstChannel = byInput ? 0 : beginning(part, parts, fours) << 2;
  const lastChannel = byInput ? channels : min(channels, beginning(part + 1, parts, fours) << 2);
  if (byInput) {
    const picture = height * width * channels;
    for (let example = firstExample; example < lastExample; example++) {
      zero(x + ((<usize>example * <usize>picture) << 2), picture);
    }
  } else {
    for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
      zero(w + ((<usize>(tap * outputs + firstChannel * multiplier)) << 2), (lastChannel - firstChannel) * multiplier);
    }
  }
  for (let example = firstExample; example < lastExample; example++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let fy = 0; fy < kernelHeight; fy++) {
        const y = oy * strideY - top + fy * dilationY;
        if (y < 0 || y >= height) continue;
        for (let ox = 0; ox < outWidth; ox++) {
          let gradient = dy + (((<usize>((example * outHeight + oy) * outWidth + ox)) * <usize>outputs) << 2);
          gradient += (<usize>(firstChannel * multiplier)) << 2;
          for (let fx = 0; fx < kernelWidth; fx++) {
            const px = ox * strideX - left + fx * dilationX;
            if (px < 0 || px >= width) continue;
            let input = x + (((<usize>((example * height + y) * width + px)) * <usize>channels + <usize>firstChannel) << 2);
            let tap = w + (((<usize>(fy * kernelWidth + fx)) * <usize>outputs + <usize>(firstChannel * multiplier)) << 2);
            let from = gradient;
            let c = firstChannel;
            if (multiplier == 1) {
              if (byInput) {
                for (; c + 4 <= lastChannel; c += 4) {
                  v128.store(input, madd(v128.load(input), v128.load(from), v128.load(tap)));
                  input += 16;
                  from += 16;
                  tap += 16;
                }
              } else {
                for (; c + 4 <= lastChannel; c += 4) {
                  v128.store(tap, madd(v128.load(tap), v128.load(input), v128.load(from)));
                  input += 16;
                  from += 16;
                  tap += 16;
                }
              }
            }
            for (; c < lastChannel; c++) {
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

/** Where a picture is read for a position outside it; 0 is nowhere, 3 its nearest edge. */
const REFLECT: i32 = 1;
const WRAP: i32 = 2;
const ONE: f32 = 1;

/** The position within 0 to size - 1 that stands for this one, as TensorFlow's ImageProjectiveTransformV3 takes it. */
@inline
function insidePosition(position: f32, size: i32, fillMode: i32): f32 {
  const length = <f32>size;
  const last = length - 1;
  if (fillMode == REFLECT && (position < 0 || position > last)) {
    const period = length + length;
    if (position < 0) {
      position += period * Mathf.trunc(-position / period);
      position = position < -length ? position + period : -position - 1;
    } else {
      position -= period * Mathf.trunc(position / period);
      if (position >= length) position = period - position - 1;
    }
  } else if (fillMode == WRAP && last > 0) {
    if (position < 0) position += length * (Mathf.trunc(-position / last) + 1);
    else if (position > last) position -= length * Mathf.trunc(position / last);
  }
  return min(max(position, 0), last);
}

@inline
function nearestIndex(position: f32): i32 {
  return <i32>(position < 0 ? -Mathf.floor(<f32>0.5 - position) : Mathf.floor(position + <f32>0.5));
}

/**
 * Each output pixel reads its picture where the picture's transform [8] sends it: (a x + b y + c, d x + e y + f), both
 * divided by g x + h y + 1. A part is some of the pictures.
 */
export function transform(
  x: usize, transforms: usize, transformStride: usize, out: usize,
  batch: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32,
  bilinear: i32, fillMode: i32, fillValue: f32,
  thread: i32, part: i32, parts: i32,
): void {
  const first = beginning(part, parts, batch);
  const end = beginning(part + 1, parts, batch);
  const pixel = (<usize>channels) << 2;
  const row = <usize>width * pixel;
  const picture = <usize>height * row;
  out += <usize>first * <usize>(outHeight * outWidth) * pixel;
  for (let example = first; example < end; example++) {
    const from = x + <usize>example * picture;
    const t = transforms + <usize>example * transformStride;
    const a = load<f32>(t), b = load<f32>(t, 4), c = load<f32>(t, 8);
    const d = load<f32>(t, 12), e = load<f32>(t, 16), f = load<f32>(t, 20);
    const g = load<f32>(t, 24), h = load<f32>(t, 28);
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const u = <f32>ox, v = <f32>oy;
        const projection = g * u + h * v + 1;
        let px = (a * u + b * v + c) / projection;
        let py = (d * u + e * v + f) / projection;
        if (fillMode != 0) {
          px = insidePosition(px, width, fillMode);
          py = insidePosition(py, height, fillMode);
        }
        // Nothing of the picture is near: also where a position is no number.
        if (!(px > -1 && px < <f32>width && py > -1 && py < <f32>height) || projection == 0) {
          for (let channel = 0; channel < channels; channel++) {
            store<f32>(out, fillValue);
            out += 4;
          }
          continue;
        }
        if (!bilinear) {
          const nx = nearestIndex(px), ny = nearestIndex(py);
          const known = nx >= 0 && nx < width && ny >= 0 && ny < height;
          let at = from + <usize>ny * row + <usize>nx * pixel;
          for (let channel = 0; channel < channels; channel++) {
            store<f32>(out, known ? load<f32>(at) : fillValue);
            at += 4;
            out += 4;
          }
          continue;
        }
        const left = Mathf.floor(px), top = Mathf.floor(py);
        const right = px - left, below = py - top;
        const x0 = <i32>left, y0 = <i32>top;
        let at = from + <usize>y0 * row + <usize>x0 * pixel;
        if (x0 >= 0 && y0 >= 0 && x0 + 1 < width && y0 + 1 < height) {
          for (let channel = 0; channel < channels; channel++) {
            const upper = (ONE - right) * load<f32>(at) + right * load<f32>(at + pixel);
            const lower = (ONE - right) * load<f32>(at + row) + right * load<f32>(at + row + pixel);
            store<f32>(out, (ONE - below) * upper + below * lower);
            at += 4;
            out += 4;
          }
          continue;
        }
        const l = x0 >= 0, r = x0 + 1 < width, o = y0 >= 0, w = y0 + 1 < height;
        for (let channel = 0; channel < channels; channel++) {
          const upper =
            (ONE - right) * (l && o ? load<f32>(at) : fillValue) + right * (r && o ? load<f32>(at + pixel) : fillValue);
          const lower =
            (ONE - right) * (l && w ? load<f32>(at + row) : fillValue) +
            right * (r && w ? load<f32>(at + row + pixel) : fillValue);
          store<f32>(out, (ONE - below) * upper + below * lower);
          at += 4;
          out += 4;
        }
      }
    }
  }
}
