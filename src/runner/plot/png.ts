/** SVG to PNG with resvg, the same picture on every machine: the font is the one that is shipped. */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

/** Pixels for each px of the drawing. */
const SCALE = 2;

/** Fonts with Chinese, Japanese and Korean characters where systems keep them; the first that exists is used. */
const CJK_FONTS = [
  "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
  "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
  "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
  "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
  "/System/Library/Fonts/PingFang.ttc",
  "/System/Library/Fonts/Hiragino Sans GB.ttc",
  "C:\\Windows\\Fonts\\msyh.ttc",
  "C:\\Windows\\Fonts\\YuGothM.ttc",
  "C:\\Windows\\Fonts\\malgun.ttf",
];
const CJK = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/;

let ready: Promise<void> | undefined;

/** The bytes of a PNG of twice the drawing's size. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  ready ??= readFile(path.join(__dirname, "resvg.wasm")).then((bytes) => initWasm(bytes));
  await ready;
  const fontBuffers: Uint8Array[] = [await readFile(path.join(__dirname, "fonts", "DejaVuSans.ttf"))];
  const more = CJK.test(svg) ? CJK_FONTS.find((file) => existsSync(file)) : undefined;
  if (more) fontBuffers.push(await readFile(more));
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: SCALE },
    font: { fontBuffers, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  });
  return picture.render().asPng();
}
