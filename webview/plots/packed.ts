/** An explanation inside an HTML file: a JSON header, and the arrays deflated and in base64. */
import { deflateSync, inflateSync } from "fflate";
import type { OutputSlice } from "../../src/protocol/explanation";
import type { ExplanationHeader } from "../../src/protocol/explanationMessages";

/** What the file shows first. */
export interface Opening {
  view?: "force" | "stacked" | "image";
  outputIndex?: number;
  sample?: number;
}

export interface PackedExplanation {
  header: Omit<ExplanationHeader, "outputValues">;
  opening: Opening;
  displayData?: readonly string[];
  hasData: boolean;
  /** Rows of the file that are in here. */
  rows: readonly number[];
  /** base64 of the deflated: float32 values [outputs, samples, features], data [samples, features], float64 base values [outputs, samples]. */
  arrays: string;
}

/** Packs one slice for each output, all of the same samples. */
export function packSlices(
  header: Omit<ExplanationHeader, "outputValues">,
  slices: readonly OutputSlice[],
  opening: Opening = {},
): PackedExplanation {
  const [first] = slices;
  const parts = [
    ...slices.map((slice) => bytesOf(slice.values)),
    ...(first.data ? [bytesOf(first.data)] : []),
    ...slices.map((slice) => bytesOf(slice.baseValues)),
  ];
  return {
    header,
    opening,
    ...(first.displayData ? { displayData: first.displayData } : {}),
    hasData: first.data !== undefined,
    rows: first.rows,
    arrays: toBase64(deflateSync(joinPlanes(parts), { level: 9 })),
  };
}

/** The slices again, by output. */
export function unpackSlices(packed: PackedExplanation): OutputSlice[] {
  const { features, outputs, featureShape, featureNames, outputNames, meta } = packed.header;
  const samples = packed.rows.length;
  const cells = samples * features;
  const sizes = [
    ...Array.from({ length: outputs }, () => cells * 4),
    ...(packed.hasData ? [cells * 4] : []),
    ...Array.from({ length: outputs }, () => samples * 8),
  ];
  const parts = splitPlanes(inflateSync(fromBase64(packed.arrays)), sizes);
  const data = packed.hasData ? new Float32Array(parts[outputs].buffer) : undefined;
  const bases = parts.slice(-outputs);
  return Array.from({ length: outputs }, (_, outputIndex) => ({
    outputIndex,
    outputName: outputNames[outputIndex],
    rows: packed.rows,
    samples,
    features,
    featureShape,
    featureNames,
    values: new Float32Array(parts[outputIndex].buffer),
    baseValues: new Float64Array(bases[outputIndex].buffer),
    ...(data ? { data } : {}),
    ...(packed.displayData ? { displayData: packed.displayData } : {}),
    meta,
  }));
}

function bytesOf(array: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** All first bytes of 4-byte words, then all second ones and so on: exponents side by side deflate a good deal better. */
function joinPlanes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  const words = joined.length / 4;
  let word = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 4, word++) {
      for (let plane = 0; plane < 4; plane++) joined[plane * words + word] = part[i + plane];
    }
  }
  return joined;
}

function splitPlanes(joined: Uint8Array, sizes: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const words = joined.length / 4;
  let word = 0;
  return sizes.map((size) => {
    const part = new Uint8Array(size);
    for (let i = 0; i < size; i += 4, word++) {
      for (let plane = 0; plane < 4; plane++) part[i + plane] = joined[plane * words + word];
    }
    return part;
  });
}

const CHUNK = 0x8000;

/** base64 of any number of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += CHUNK) binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
