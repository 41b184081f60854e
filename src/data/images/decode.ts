/** Pictures in PNG, JPEG and WebP as pixels, by Squoosh's decoders in WebAssembly. */
import { readFileSync } from "node:fs";
import { assetPath } from "../assets";

/** What a decoder gives: 8 bits of red, green, blue and alpha a pixel, row by row. */
export interface Pixels {
  width: number;
  height: number;
  /** [height, width, 4]. */
  data: Uint8ClampedArray;
}

type Format = "png" | "jpeg" | "webp";
type Decode = (bytes: ArrayBuffer) => Promise<Pixels>;

/** Decodes a picture by its first bytes, whatever its name says. */
export type PictureDecoder = (bytes: Uint8Array) => Promise<Pixels>;

/** An expected failure: the message says what is wrong with the picture, without its name. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

/**
 * A decoder for any number of pictures. Each format's WebAssembly is compiled once, when the first picture needs it.
 *
 * It throws PictureError where a picture is cut off, damaged, or of no format that it knows.
 */
export function pictureDecoder(): PictureDecoder {
  const decoders = new Map<Format, Promise<Decode>>();
  return async (bytes) => {
    const format = formatOf(bytes);
    if (format === undefined) throw new PictureError("is neither PNG nor JPEG nor WebP");
    let decoder = decoders.get(format);
    if (!decoder) decoders.set(format, (decoder = OPEN[format]()));
    const decode = await decoder;
    const copy = Uint8Array.from(bytes).buffer;
    try {
      return await decode(copy);
    } catch (error) {
      if (error instanceof PictureError) throw error;
      // What the decoders throw is a pointer or "unwrap_throw": no words for people.
      throw new PictureError(`is a damaged ${format.toUpperCase()} file, or of a kind that is not supported`, {
        cause: error,
      });
    }
  };
}

function formatOf(bytes: Uint8Array): Format | undefined {
  const begins = (at: number, ...values: number[]): boolean => values.every((value, i) => bytes[at + i] === value);
  if (begins(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (begins(0, 0xff, 0xd8, 0xff)) return "jpeg";
  if (begins(0, 0x52, 0x49, 0x46, 0x46) && begins(8, 0x57, 0x45, 0x42, 0x50)) return "webp";
  return undefined;
}

const OPEN: Record<Format, () => Promise<Decode>> = {
  png: async () => {
    const { init, decode } = await import("@jsquash/png/decode.js");
    await init(readFileSync(assetPath("images/squoosh_png_bg.wasm")));
    return (bytes) => decode(bytes);
  },
  jpeg: async () => {
    const { init, default: decode } = await import("@jsquash/jpeg/decode.js");
    // The decoder fills what a file lacks with grey, and only says so.
    const said: string[] = [];
    await init({ wasmBinary: wasm("mozjpeg_dec"), printErr: (text: string) => said.push(text) });
    return async (bytes) => {
      said.length = 0;
      const pixels = await decode(bytes);
      if (said.length === 0) return pixels;
      throw new PictureError(`is a damaged JPEG file: ${said[0].toLowerCase()}`);
    };
  },
  webp: async () => {
    const { init, default: decode } = await import("@jsquash/webp/decode.js");
    await init({ wasmBinary: wasm("webp_dec") });
    return decode;
  },
};

function wasm(name: string): ArrayBuffer {
  return Uint8Array.from(readFileSync(assetPath(`images/${name}.wasm`))).buffer;
}
