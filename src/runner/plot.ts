/** `trainlens plot`: an explanation file becomes a page, a drawing or a picture. */
import { Command } from "commander";
import path from "node:path";
import { sampleOutputs } from "../protocol/explanation";
import { indexOfHighest } from "../protocol/numbers";
import { EXPLANATION_SUFFIX } from "../protocol/runFolder";
import { UsageError, UserError } from "./errors";
import { indexNumber } from "./options";
import { type Picture, renderPicture, showsImages } from "./plot/picture";
import { svgToPng } from "./plot/png";
import { renderPage } from "./plot/page";
import { readExplanationFile } from "./readExplanationFile";
import { writeWhole } from "./wholeFile";

const FORMATS = ["html", "svg", "png"] as const;
type PlotFormat = (typeof FORMATS)[number];

export interface PlotOptions {
  /** Where to write; beside the input as HTML by default. */
  output?: string;
  /** Plot this sample alone (0-based). */
  sample?: number;
  /** As an image, with the attributions of each output over it. */
  image?: boolean;
  outputIndex?: number;
}

/** What `--json` prints. */
export interface PlotResult {
  path: string;
  format: PlotFormat;
  bytes: number;
  plot: Picture["kind"];
  samples: number;
  outputIndex: number;
  sample?: number;
}

/**
 * Writes the plot of an explanation file.
 *
 * @throws UsageError for a sample, an output or images that the file has not, or an ending that is none of html, svg, png;
 * UserError where a file cannot be read or written.
 */
export async function plot(input: string, options: PlotOptions): Promise<PlotResult> {
  const output = options.output ?? defaultOutput(input);
  const format = formatOf(output);
  const explanation = await readExplanationFile(input);
  const { samples, outputs } = explanation;
  if (samples === 0) throw new UserError(`${input} holds no samples: there is nothing to plot.`);
  checkIndex("--sample", options.sample, samples, "samples");
  checkIndex("--output-index", options.outputIndex, outputs, "outputs");

  if (options.image && !showsImages(explanation)) {
    throw new UsageError(
      `The samples of ${input} are no images: their shape is [${explanation.featureShape.join(", ")}].`,
      "Leave --image out.",
    );
  }
  const picture: Picture = options.image
    ? { kind: "image", sample: options.sample ?? 0 }
    : options.sample !== undefined || samples === 1
      ? { kind: "force", sample: options.sample ?? 0 }
      : { kind: "stacked" };
  const outputIndex =
    options.outputIndex ??
    (picture.kind === "stacked" ? 0 : indexOfHighest(sampleOutputs(explanation, picture.sample)));
  const fileName = path.basename(input);
  const svg = (): string => renderPicture(explanation, outputIndex, picture);
  const content: Record<PlotFormat, () => Promise<string | Uint8Array>> = {
    html: () => renderPage(explanation, fileName, picture, outputIndex),
    svg: () => Promise.resolve(svg()),
    png: () => svgToPng(svg()),
  };
  const made = await content[format]();
  await writeWhole(output, made);
  return {
    path: path.resolve(output),
    format,
    bytes: typeof made === "string" ? Buffer.byteLength(made) : made.length,
    plot: picture.kind,
    samples,
    outputIndex,
    ...(picture.kind !== "stacked" ? { sample: picture.sample } : {}),
  };
}

export function plotCommand(): Command {
  return new Command("plot")
    .description("draw an explanation file (.shap.npz) as an interactive page, an SVG or a PNG")
    .argument("<file>", "explanation, as `trainlens explain` or numpy.savez writes it")
    .option("--output <file>", "where to write: .html, .svg or .png (default: FILE.html beside the input)")
    .option("--sample <n>", "the force plot of this sample alone, counted from 0", (text) =>
      indexNumber("--sample", text),
    )
    .option("--image", "a sample that is an image, with the attributions of each output over it")
    .option(
      "--output-index <k>",
      "which output of the model, counted from 0 (default: 0, or a sample's highest)",
      (text) => indexNumber("--output-index", text),
    )
    .option("--json", "print what was written as one JSON value")
    .action(async (file: string, options: PlotOptions & { json?: boolean }) => {
      const result = await plot(file, options);
      process.stdout.write(
        options.json
          ? `${JSON.stringify(result)}\n`
          : `Wrote ${result.path} (${Math.max(1, Math.round(result.bytes / 1024))} KB)\n`,
      );
    });
}

function checkIndex(option: string, value: number | undefined, count: number, what: string): void {
  if (value === undefined || value < count) return;
  throw new UsageError(`${option} ${value} is out of range: the file has ${count} ${what}, counted from 0.`);
}

function defaultOutput(input: string): string {
  const base = input.endsWith(EXPLANATION_SUFFIX) ? input.slice(0, -EXPLANATION_SUFFIX.length) : input;
  return `${base.replace(/\.npz$/, "")}.html`;
}

function formatOf(output: string): PlotFormat {
  const ending = path.extname(output).slice(1).toLowerCase();
  const format = FORMATS.find((name) => name === ending);
  if (!format) {
    throw new UsageError(
      `Cannot tell the format of ${output}.`,
      "Give --output a name that ends in .html, .svg or .png.",
    );
  }
  return format;
}
