/** A confusion matrix: rows are the true class, columns the predicted one; the stronger the colour, the larger the share of the row. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../l10n";

export interface ConfusionMatrixProps {
  confusion: readonly (readonly number[])[];
  classNames: readonly string[];
}

export function ConfusionMatrix({ confusion, classNames }: ConfusionMatrixProps): JSX.Element {
  const [said, setSaid] = useState<string>();
  /** The one cell that the Tab key stops at; the arrow keys go on from there. */
  const [stop, setStop] = useState({ row: 0, column: 0 });
  const body = useRef<HTMLTableSectionElement>(null);
  const totals = confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
  const describe = (i: number, j: number): string =>
    i === j
      ? t("{0} of {1} examples of “{2}” were recognised.", confusion[i][j], totals[i], classNames[i])
      : t(
          "{0} of {1} examples of “{2}” were taken for “{3}”.",
          confusion[i][j],
          totals[i],
          classNames[i],
          classNames[j],
        );
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moved(stop, event.key, confusion.length);
    if (!next) return;
    event.preventDefault();
    setStop(next);
    // The row's name comes before its cells.
    body.current?.rows[next.row].cells[next.column + 1].focus();
  };
  return (
    <div class={confusion.length > 20 ? "confusion dense" : "confusion"}>
      <p id="confusion-caption" class="caption">
        {t("Confusion matrix: rows are the true class, columns what the model said")}
      </p>
      <div class="scroll">
        <table
          role="grid"
          aria-readonly="true"
          aria-labelledby="confusion-caption"
          onMouseLeave={() => setSaid(undefined)}
          onKeyDown={onKeyDown}
        >
          <thead>
            <tr>
              <td />
              {classNames.map((name) => (
                <th key={name} scope="col" title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {confusion.map((row, i) => (
              <tr key={classNames[i]}>
                <th scope="row" title={classNames[i]}>
                  {classNames[i]}
                </th>
                {row.map((count, j) => (
                  <td
                    key={classNames[j]}
                    tabIndex={i === stop.row && j === stop.column ? 0 : -1}
                    class={i === j ? "right" : count > 0 ? "wrong" : "none"}
                    style={{ "--share": String(totals[i] === 0 ? 0 : count / totals[i]) }}
                    title={describe(i, j)}
                    onMouseEnter={() => setSaid(describe(i, j))}
                    onFocus={() => {
                      setStop({ row: i, column: j });
                      setSaid(describe(i, j));
                    }}
                  >
                    {count === 0 ? "" : count}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note" aria-live="polite">
        {said ?? t("Point at a cell to read it.")}
      </p>
    </div>
  );
}

interface Cell {
  row: number;
  column: number;
}

/** Where a key leads in a square of `size` cells a side; undefined for a key that leads nowhere. */
export function moved({ row, column }: Cell, key: string, size: number): Cell | undefined {
  const within = (n: number): number => Math.min(size - 1, Math.max(0, n));
  switch (key) {
    case "ArrowLeft":
      return { row, column: within(column - 1) };
    case "ArrowRight":
      return { row, column: within(column + 1) };
    case "ArrowUp":
      return { row: within(row - 1), column };
    case "ArrowDown":
      return { row: within(row + 1), column };
    case "Home":
      return { row, column: 0 };
    case "End":
      return { row, column: size - 1 };
    default:
      return undefined;
  }
}
