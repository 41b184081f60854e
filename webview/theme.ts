/** Colours for plots, read from VS Code's theme variables (in a standalone page: from its own style sheet). */

export interface PlotTheme {
  kind: "light" | "dark" | "high-contrast" | "high-contrast-light";
  foreground: string;
  /** For what matters less: ticks, hints. */
  muted: string;
  background: string;
  grid: string;
  /** Pushes f(x) higher. */
  positive: string;
  /** Pushes f(x) lower. */
  negative: string;
  focus: string;
  /** Distinct colours for series of a chart. */
  series: readonly string[];
  fontFamily: string;
  /** px. */
  fontSize: number;
}

/** What an export to a file uses: a light page. */
export const LIGHT_THEME: PlotTheme = {
  kind: "light",
  foreground: "#1f1f1f",
  muted: "#6b6b6b",
  background: "#ffffff",
  grid: "#e0e0e0",
  positive: "#e3004f",
  negative: "#1271c4",
  focus: "#005fb8",
  series: ["#1a7fdb", "#e3004f", "#2a9d4a", "#b07b00", "#7b4fc9", "#0f8f8f"],
  fontFamily: "DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif",
  fontSize: 12,
};

/** The theme of the page as it is now. */
export function readTheme(element: Element = document.body): PlotTheme {
  const style = getComputedStyle(element);
  const read = (names: string[], fallback: string): string => {
    for (const name of names) {
      const value = style.getPropertyValue(name).trim();
      if (value) return value;
    }
    return fallback;
  };
  const classes = document.body.classList;
  const kind = classes.contains("vscode-high-contrast-light")
    ? "high-contrast-light"
    : classes.contains("vscode-high-contrast")
      ? "high-contrast"
      : classes.contains("vscode-dark")
        ? "dark"
        : "light";
  const dark = kind === "dark" || kind === "high-contrast";
  return {
    kind,
    foreground: read(["--vscode-editor-foreground", "--vscode-foreground"], LIGHT_THEME.foreground),
    muted: kind.startsWith("high-contrast")
      ? read(["--vscode-foreground"], LIGHT_THEME.foreground)
      : read(["--vscode-descriptionForeground"], LIGHT_THEME.muted),
    background: read(["--vscode-editor-background"], LIGHT_THEME.background),
    grid: read(["--vscode-contrastBorder", "--vscode-panel-border", "--vscode-editorWidget-border"], LIGHT_THEME.grid),
    positive: read(["--trainlens-positive"], dark ? "#ff4d88" : LIGHT_THEME.positive),
    negative: read(["--trainlens-negative"], dark ? "#4aa8ff" : LIGHT_THEME.negative),
    focus: read(["--vscode-focusBorder"], LIGHT_THEME.focus),
    series: ["blue", "red", "green", "yellow", "purple", "orange"].map((name, i) =>
      read([`--vscode-charts-${name}`], LIGHT_THEME.series[i]),
    ),
    fontFamily: read(["--vscode-font-family"], LIGHT_THEME.fontFamily),
    fontSize: Number.parseFloat(read(["--vscode-font-size"], "12")) || 12,
  };
}

/** Calls back after the user has changed the theme. Returns the function that ends it. */
export function onThemeChange(callback: (theme: PlotTheme) => void): () => void {
  const observer = new MutationObserver(() => callback(readTheme()));
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return () => observer.disconnect();
}
