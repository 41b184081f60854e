/** What views ask of the page: its theme, their width, the width of a text. */
import type { RefObject } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { MeasureText } from "../plots/layout/text";
import { onThemeChange, type PlotTheme, readTheme } from "../theme";

export function useTheme(): PlotTheme {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => onThemeChange(setTheme), []);
  return theme;
}

/** Width of an element's content in whole px, 0 before it stands. */
export function useWidth(ref: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** Measures in the theme's font as the browser sets it. */
export function useMeasure(theme: PlotTheme): MeasureText {
  return useMemo(() => {
    const context = document.createElement("canvas").getContext("2d");
    const known = new Map<string, number>();
    return (text, fontSize) => {
      const key = `${fontSize} ${text}`;
      let width = known.get(key);
      if (width === undefined) {
        if (known.size > 5000) known.clear();
        if (context) context.font = `${fontSize}px ${theme.fontFamily}`;
        width = context?.measureText(text).width ?? text.length * fontSize;
        known.set(key, width);
      }
      return width;
    };
  }, [theme.fontFamily]);
}
