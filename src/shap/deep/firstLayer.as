// AssemblyScript: compiled to WebAssembly by the build. Called through firstLayer.ts, which says what the arguments are.
// What is exported besides `attribute` is so that it is not inlined: within a larger function V8 keeps the sums in memory.

/** Rows of a tile: so many outputs are multiplied at once. */
const ROWS: i32 = 5;
/** Columns of a panel: two vectors. */
const PANEL_BYTES: usize = 32;

/**
 * Columns of the transposed weights, for the features whose difference is not 0, times that difference: panels of eight,
 * [panels, hidden, 8], zeros after the last.
 */
export function packColumns(weights: usize, differences: usize, used: usize, columns: usize, count: i32, hidden: i32): void {
  const rowBytes = (<usize>hidden) << 2;
  for (let k = 0; k < ((count + 7) & ~7); k++) {
    let to = columns + <usize>(k >> 3) * <usize>hidden * PANEL_BYTES + (<usize>(k & 7) << 2);
    if (k >= count) {
      for (let h = 0; h < hidden; h++, to += PANEL_BYTES) store<f32>(to, 0);
      continue;
    }
    const feature = <usize>load<i32>(used + (<usize>k << 2));
    const difference = load<f32>(differences + (feature << 2));
    const from = weights + feature * rowBytes;
    for (let at: usize = 0; at < rowBytes; at += 4, to += PANEL_BYTES) store<f32>(to, load<f32>(from + at) * difference);
  }
}

/** [5, 8] of a product: multipliers [count, 5], rows of the panel as listed. */
export function multiplyFive(multipliers: usize, list: usize, count: i32, panel: usize, product: usize, productBytes: usize): void {
  let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0), c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0), e0 = f32x4.splat(0), e1 = f32x4.splat(0);
  const end = list + (<usize>count << 2);
  for (; list < end; list += 4, multipliers += 20) {
    const row = panel + <usize>load<i32>(list);
    const left = v128.load(row);
    const right = v128.load(row, 16);
    const a = v128.load_splat<f32>(multipliers);
    a0 = f32x4.add(a0, f32x4.mul(a, left));
    a1 = f32x4.add(a1, f32x4.mul(a, right));
    const b = v128.load_splat<f32>(multipliers, 4);
    b0 = f32x4.add(b0, f32x4.mul(b, left));
    b1 = f32x4.add(b1, f32x4.mul(b, right));
    const c = v128.load_splat<f32>(multipliers, 8);
    c0 = f32x4.add(c0, f32x4.mul(c, left));
    c1 = f32x4.add(c1, f32x4.mul(c, right));
    const d = v128.load_splat<f32>(multipliers, 12);
    d0 = f32x4.add(d0, f32x4.mul(d, left));
    d1 = f32x4.add(d1, f32x4.mul(d, right));
    const e = v128.load_splat<f32>(multipliers, 16);
    e0 = f32x4.add(e0, f32x4.mul(e, left));
    e1 = f32x4.add(e1, f32x4.mul(e, right));
  }
  v128.store(product, a0);
  v128.store(product, a1, 16);
  product += productBytes;
  v128.store(product, b0);
  v128.store(product, b1, 16);
  product += productBytes;
  v128.store(product, c0);
  v128.store(product, c1, 16);
  product += productBytes;
  v128.store(product, d0);
  v128.store(product, d1, 16);
  product += productBytes;
  v128.store(product, e0);
  v128.store(product, e1, 16);
}

/** [1, 32] of a product: four panels, since one of them would wait for each sum. */
export function multiplyOne(multipliers: usize, list: usize, count: i32, panel: usize, panelBytes: usize, product: usize): void {
  let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0);
  const end = list + (<usize>count << 2);
  for (; list < end; list += 4, multipliers += 4) {
    let row = panel + <usize>load<i32>(list);
    const m = v128.load_splat<f32>(multipliers);
    a0 = f32x4.add(a0, f32x4.mul(m, v128.load(row)));
    a1 = f32x4.add(a1, f32x4.mul(m, v128.load(row, 16)));
    row += panelBytes;
    b0 = f32x4.add(b0, f32x4.mul(m, v128.load(row)));
    b1 = f32x4.add(b1, f32x4.mul(m, v128.load(row, 16)));
    row += panelBytes;
    c0 = f32x4.add(c0, f32x4.mul(m, v128.load(row)));
    c1 = f32x4.add(c1, f32x4.mul(m, v128.load(row, 16)));
    row += panelBytes;
    d0 = f32x4.add(d0, f32x4.mul(m, v128.load(row)));
    d1 = f32x4.add(d1, f32x4.mul(m, v128.load(row, 16)));
  }
  v128.store(product, a0);
  v128.store(product, a1, 16);
  v128.store(product, b0, 32);
  v128.store(product, b1, 48);
  v128.store(product, c0, 64);
  v128.store(product, c1, 80);
  v128.store(product, d0, 96);
  v128.store(product, d1, 112);
}

/** Adds difference * (m W^T) of one reference and all samples to the sums, and m itself to the totals, unless these are at 0. */
export function attribute(
  values: usize, scale: usize, differences: usize, weights: usize, sums: usize, totals: usize,
  used: usize, columns: usize, list: usize, packed: usize, product: usize,
  samples: i32, outputs: i32, hidden: i32, features: i32, strip: i32,
): void {
  let usedCount = 0;
  for (let feature = 0; feature < features; feature++) {
    if (load<f32>(differences + (<usize>feature << 2)) == 0) continue;
    store<i32>(used + (<usize>(usedCount++) << 2), feature);
  }
  const hiddenBytes = (<usize>hidden) << 2;
  const panelBytes = <usize>hidden * PANEL_BYTES;
  const productBytes = <usize>strip << 2;
  for (let first = 0; first < max(usedCount, 1); first += strip) {
    const count = min(strip, usedCount - first);
    const here = used + (<usize>first << 2);
    packColumns(weights, differences, here, columns, count, hidden);
    for (let sample = 0; sample < samples; sample++) {
      // The units that pass anything on, as places of their rows in a panel.
      const scales = scale + <usize>sample * hiddenBytes;
      let listed = 0;
      for (let h = 0; h < hidden; h++) {
        if (load<f32>(scales + (<usize>h << 2)) != 0) store<i32>(list + (<usize>(listed++) << 2), h * <i32>PANEL_BYTES);
      }
      let rows = 0;
      for (let output = 0; output < outputs; output += rows) {
        const left = outputs - output;
        // Fewer than three are faster one by one than as five, some of them zeros.
        rows = left >= 3 ? min(left, ROWS) : 1;
        const width = rows == 1 ? 1 : ROWS;
        const from = <usize>(sample * outputs + output) * hiddenBytes;
        for (let row = 0; row < width; row++) {
          const m = values + from + <usize>row * hiddenBytes;
          const total = totals + from + <usize>row * hiddenBytes;
          let to = packed + (<usize>row << 2);
          for (let i = 0; i < listed; i++, to += <usize>width << 2) {
            const at = <usize>load<i32>(list + (<usize>i << 2)) >> 3;
            if (row >= rows) {
              store<f32>(to, 0);
              continue;
            }
            const value = load<f32>(m + at) * load<f32>(scales + at);
            store<f32>(to, value);
            if (first == 0 && totals) store<f32>(total + at, load<f32>(total + at) + value);
          }
        }
        if (rows == 1) {
          for (let k = 0; k < count; k += 32) {
            const panel = columns + <usize>(k >> 3) * panelBytes;
            multiplyOne(packed, list, listed, panel, panelBytes, product + (<usize>k << 2));
          }
        } else {
          for (let k = 0; k < count; k += 8) {
            const panel = columns + <usize>(k >> 3) * panelBytes;
            multiplyFive(packed, list, listed, panel, product + (<usize>k << 2), productBytes);
          }
        }
        const sum = sums + (<usize>sample * <usize>features * <usize>outputs + <usize>output) * 8;
        for (let k = 0; k < count; k++) {
          let to = sum + <usize>load<i32>(here + (<usize>k << 2)) * <usize>outputs * 8;
          let at = product + (<usize>k << 2);
          for (let row = 0; row < rows; row++, to += 8, at += productBytes) {
            store<f64>(to, load<f64>(to) + <f64>load<f32>(at));
          }
        }
      }
    }
  }
}
