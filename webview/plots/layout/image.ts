/** Image inputs: which explanations are images, and where their panels stand. */
import type { OutputSlice } from "../../../src/protocol/explanation";

export interface ImageShape {
  height: number;
  width: number;
  channels: number;
}

/** Features named only by a number ("Feature 3", "pixel 12,4") say nothing: they may be pixels. */
function namesAreNumbers(names: readonly string[]): boolean {
  const stem = (name: string): string => name.replace(/[\d\s,;:()[\]_-]+/g, "");
  const first = stem(names[0] ?? "");
  return names.every((name) => stem(name) === first);
}

/**
 * The image that a sample is, or undefined: [h, w] or [h, w, c] with 1, 3 or 4 channels, or a flat square of at least
 * 8 x 8 pixels without names of their own (784 features are 28 x 28).
 */
export function imageShape(featureShape: readonly number[], featureNames: readonly string[]): ImageShape | undefined {
  const [height, width, channels = 1] = featureShape;
  if (!namesAreNumbers(featureNames)) return undefined;
  if (featureShape.length === 1) {
    const side = Math.round(Math.sqrt(height));
    return side >= 8 && side * side === height ? { height: side, width: side, channels: 1 } : undefined;
  }
  if (featureShape.length > 3 || height < 4 || width < 4 || ![1, 3, 4].includes(channels)) return undefined;
  return { height, width, channels };
}

/** Attributions of one sample by pixel [height, width], summed over channels; what is not finite counts as 0. */
export function pixelEffects(slice: OutputSlice, row: number, shape: ImageShape): Float64Array {
  return sumChannels(slice.values, row * slice.features, shape);
}

/** The picture itself by pixel [height, width], 0 to 1 over its own range; undefined where the file has no data. */
export function pixelIntensities(slice: OutputSlice, row: number, shape: ImageShape): Float64Array | undefined {
  if (!slice.data) return undefined;
  const pixels = sumChannels(slice.data, row * slice.features, shape);
  let low = Infinity;
  let high = -Infinity;
  for (const value of pixels) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return pixels.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

/**
 * The picture in colour, RGB bytes [height, width, 3]: values from 0 to 1, from 0 to 255, or else stretched over their own
 * range. undefined where it has no colours, or the file no data.
 */
export function pixelColors(slice: OutputSlice, row: number, shape: ImageShape): Uint8Array | undefined {
  const { height, width, channels } = shape;
  if (!slice.data || channels < 3) return undefined;
  const sample = slice.data.subarray(row * slice.features, (row + 1) * slice.features);
  let [low, high] = [0, 1];
  for (const value of sample) {
    if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  if (low === 0 && high > 1 && high <= 255) high = 255;
  const colors = new Uint8Array(height * width * 3);
  for (let i = 0; i < colors.length; i++) {
    const value = sample[Math.floor(i / 3) * channels + (i % 3)];
    colors[i] = Number.isFinite(value) ? Math.round((255 * (value - low)) / (high - low)) : 0;
  }
  return colors;
}

function sumChannels(array: ArrayLike<number>, start: number, { height, width, channels }: ImageShape): Float64Array {
  const pixels = new Float64Array(height * width);
  for (let i = 0; i < pixels.length * channels; i++) {
    const value = array[start + i];
    if (Number.isFinite(value)) pixels[Math.floor(i / channels)] += value;
  }
  return pixels;
}

/** The end of a symmetric colour scale: the 99.9th percentile of |effect| over all panels, as in `shap.image_plot`; 0 where all are 0. */
export function effectLimit(panels: readonly Float64Array[]): number {
  const sizes = Float64Array.from(panels.flatMap((panel) => Array.from(panel, Math.abs))).sort();
  if (sizes.length === 0) return 0;
  const at = (sizes.length - 1) * 0.999;
  const below = sizes[Math.floor(at)];
  const value = below + (sizes[Math.ceil(at)] - below) * (at - Math.floor(at));
  // A handful of non-zero pixels can lie above that percentile.
  return value > 0 ? value : sizes[sizes.length - 1];
}

export interface ImagePanel {
  /** px of the picture's corner. */
  x: number;
  y: number;
  /** Centre of the caption, px; it stands above the picture, one line or two. */
  captionY: number;
}

export interface ImageLayout {
  width: number;
  height: number;
  /** px of one picture. */
  panelWidth: number;
  panelHeight: number;
  panels: readonly ImagePanel[];
  legend: { x: number; y: number; width: number; height: number };
}

/** px: a picture is drawn no smaller than this, and no larger than that. */
const SMALLEST = 84;
const LARGEST = 180;

/** A grid of `count` pictures as large as fits in `width` px, with a colour bar below. */
export function imageLayout(
  shape: Pick<ImageShape, "height" | "width">,
  count: number,
  { width, fontSize }: { width: number; fontSize: number },
): ImageLayout {
  const gap = fontSize;
  const caption = fontSize * 2.9;
  const fitting = Math.max(1, Math.floor((width + gap) / (SMALLEST + gap)));
  // Rows of equal length look better than a full first row and a lonely last picture.
  const rows = Math.ceil(count / Math.min(fitting, count));
  const columns = Math.ceil(count / rows);
  const panelWidth = Math.max(24, Math.min(LARGEST, (width - gap * (columns - 1)) / columns));
  const panelHeight = (panelWidth * shape.height) / shape.width;
  const panels = Array.from({ length: count }, (_, i) => {
    const x = (i % columns) * (panelWidth + gap);
    const y = Math.floor(i / columns) * (panelHeight + caption + gap) + caption;
    return { x, y, captionY: y - fontSize * 1.7 };
  });
  const bottom = rows * (panelHeight + caption + gap);
  const legendWidth = Math.min(width - 2, 260);
  return {
    width,
    height: bottom + fontSize * 4,
    panelWidth,
    panelHeight,
    panels,
    legend: { x: 1, y: bottom + fontSize * 0.5, width: legendWidth, height: fontSize },
  };
}

/** The panel and pixel at a point, or undefined between pictures. */
export function pixelAt(
  layout: ImageLayout,
  shape: ImageShape,
  x: number,
  y: number,
): { panel: number; row: number; column: number } | undefined {
  const panel = layout.panels.findIndex(
    (p) => x >= p.x && x < p.x + layout.panelWidth && y >= p.y && y < p.y + layout.panelHeight,
  );
  if (panel < 0) return undefined;
  const corner = layout.panels[panel];
  return {
    panel,
    row: Math.min(shape.height - 1, Math.floor(((y - corner.y) / layout.panelHeight) * shape.height)),
    column: Math.min(shape.width - 1, Math.floor(((x - corner.x) / layout.panelWidth) * shape.width)),
  };
}
