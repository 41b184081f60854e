/** Measured in the page itself, where VS Code's theme is known. */

/** The least contrast of the page's texts against the editor's background (WCAG 2.2, 1.4.3), and what juts out, px. */
export function readability(body: HTMLElement | SVGElement): {
  contrast: number;
  least: string;
  overflow: number;
} {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
    const [lr, lg, lb] = [r, g, b].map((c) => (c <= 10.31 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * lr + 0.7152 * lg + 0.0722 * lb;
  };
  // VS Code paints the editor's background outside the frame; the theme's variable names it.
  const probe = document.createElement("i");
  probe.style.color = "var(--vscode-editor-background)";
  body.append(probe);
  const background = luminance(channels(getComputedStyle(probe).color));
  probe.remove();
  const texts = [
    ...body.querySelectorAll("p, th, td, h1, h2, label, dt, dd, svg text:not([aria-hidden]), svg tspan"),
  ].filter(({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()),
  );
  let contrast = 21;
  let least = "";
  for (const element of texts) {
    const style = getComputedStyle(element);
    const text = luminance(channels(element instanceof SVGElement ? style.fill : style.color));
    const own = (Math.max(text, background) + 0.05) / (Math.min(text, background) + 0.05);
    if (own < contrast) [contrast, least] = [own, element.textContent];
  }
  return { contrast, least, overflow: document.documentElement.scrollWidth - innerWidth };
}
