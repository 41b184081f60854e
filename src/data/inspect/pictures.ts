/** A folder of pictures: which classes it has, and to what size they are best brought. */
import path from "node:path";
import type { ExampleFacts } from "../../protocol/dataFacts";
import { DataError } from "../dataError";
import { findSplits } from "../imageFolder";
import { type Pixels, PictureError, pictureDecoder } from "../images/decode";
import { Problems } from "../problems";
import { readDataFile } from "../recipeFolder";
import { splitRows } from "../splits";
import { inOrder } from "../targets";

/** Pictures that are decoded, spread over all. */
const LOOKED_AT = 60;
/** The longer side that pictures are brought to at most, and the shorter one at least, pixels. */
const MOST_SIDE = 96;
const LEAST_SIDE = 16;
/** What all of them may take in memory, bytes. */
const BUDGET = 2 ** 30;

/** @throws DataError where it has no folder of pictures for each class, or none of those looked at can be read. */
export async function inspectPictures(root: string): Promise<ExampleFacts> {
  const name = path.basename(root);
  const { train, validation = [], test = [] } = findSplits(root, new Problems(name, "pictures", "skip"));
  const pictures = [...train, ...validation, ...test];
  const names = [...new Set(train.map((picture) => picture.class))].sort(inOrder);
  if (validation.length === 0 || test.length === 0) {
    splitRows(
      train.length,
      train.map((picture) => names.indexOf(picture.class)),
    );
  }
  const seen = await look(pictures.map(({ file }) => file));
  if (seen.length === 0) throw new DataError(`None of the pictures in ${root} that were looked at can be read.`);
  const channels = seen.every(({ grey }) => grey) ? 1 : 3;
  const size = sizeFor(
    median(seen.map(({ height }) => height)),
    median(seen.map(({ width }) => width)),
    pictures.length * channels,
  );
  return {
    kind: "examples",
    path: root,
    name,
    load: {
      loader: "imageFolder",
      files: [root],
      options: { size, ...(channels === 1 ? { channels } : {}), onBroken: "skip" },
    },
    examples: pictures.length,
    inputShape: [...size, channels],
    task: "classification",
    outputs: names.length,
    classes: names.map((each) => ({ name: each, count: pictures.filter((picture) => picture.class === each).length })),
  };
}

interface Seen {
  height: number;
  width: number;
  /** Whether it has no colours. */
  grey: boolean;
}

async function look(files: readonly string[]): Promise<Seen[]> {
  const decode = pictureDecoder();
  const count = Math.min(LOOKED_AT, files.length);
  const seen: Seen[] = [];
  for (let i = 0; i < count; i++) {
    try {
      const pixels = await decode(readDataFile(files[Math.floor((i * files.length) / count)]));
      seen.push({ height: pixels.height, width: pixels.width, grey: isGrey(pixels) });
    } catch (error) {
      // Left out by the recipe, too, which counts and names it.
      if (!(error instanceof PictureError)) throw error;
    }
  }
  return seen;
}

function isGrey({ data }: Pixels): boolean {
  for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}

/** @param planes channels of all pictures. */
function sizeFor(height: number, width: number, planes: number): [height: number, width: number] {
  const affordable = Math.sqrt(BUDGET / (4 * planes * height * width));
  const scale = Math.min(1, MOST_SIDE / Math.max(height, width), affordable);
  const side = (full: number): number => Math.max(LEAST_SIDE, Math.floor(full * scale));
  return [side(height), side(width)];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
