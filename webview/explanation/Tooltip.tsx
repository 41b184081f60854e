/** The box beside the pointer. */
import type { JSX } from "preact";

export interface TooltipProps {
  x: number;
  y: number;
  /** px of the container, to turn to the left near its right edge. */
  width: number;
  text: string;
}

export function Tooltip({ x, y, width, text }: TooltipProps): JSX.Element {
  const [title, ...lines] = text.split("\n");
  const side = x > width / 2 ? { right: width - x + 12 } : { left: x + 12 };
  return (
    <div class="tooltip" style={{ top: y + 16, maxWidth: Math.max(140, width * 0.6), ...side }} role="tooltip">
      <strong>{title}</strong>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  );
}
