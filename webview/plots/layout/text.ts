/** How wide a text is. Layouts take the function, so that a browser gives its own and a test a known one. */

/** Width in px of a text set in `fontSize` px. */
export type MeasureText = (text: string, fontSize: number) => number;

/** Advance widths of DejaVu Sans, U+0020 to U+007E, in thousandths of an em. */
const ADVANCES = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
  636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
  748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
  615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
  337, 636, 838,
];
const FULL_WIDTH =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;

/** Where there is no browser to ask: DejaVu Sans (which the command line draws with), and a safe guess beyond ASCII. */
export const measureDejaVu: MeasureText = (text, fontSize) => {
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    thousandths += ADVANCES[code - 32] ?? (FULL_WIDTH.test(character) ? 1000 : 840);
  }
  return (thousandths * fontSize) / 1000;
};

/** The text, or as much of its start as fits in `width` px with an ellipsis; "" where not even that fits. */
export function fitText(text: string, width: number, fontSize: number, measure: MeasureText): string {
  if (measure(text, fontSize) <= width) return text;
  const characters = [...text];
  let fits = 0;
  let tooLong = characters.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(`${characters.slice(0, middle).join("")}…`, fontSize) <= width) fits = middle;
    else tooLong = middle;
  }
  return fits === 0 ? "" : `${characters.slice(0, fits).join("").trimEnd()}…`;
}
