/** The trials, a row each, sorted by the column that was clicked. */
import type { JSX } from "preact";
import type { TrialRow } from "../../src/protocol/sweep";
import { t } from "../l10n";
import { formatDuration, formatMetric } from "../training/format";
import type { Sorting } from "./rows";
import type { SweepViewProps } from "./SweepView";
import { trialWord } from "./trialWord";

export function TrialTable(props: SweepViewProps & { rows: readonly TrialRow[] }): JSX.Element {
  const { state, sorting, onSort, rows } = props;
  const columns: { column: string; text: string; number: boolean }[] = [
    { column: "trial", text: t("Trial"), number: true },
    { column: "metric", text: state.metric, number: true },
    ...state.axes.map(({ name }) => ({
      column: `set:${name}`,
      text: name,
      number: state.rows.every(({ values }) => typeof values[name] === "number"),
    })),
    { column: "epochs", text: t("Epochs"), number: true },
    { column: "state", text: t("State"), number: false },
    { column: "seconds", text: t("Time"), number: true },
  ];
  return (
    <section aria-label={t("Trials")}>
      <h2>{t("Trials")}</h2>
      <div class="scroll">
        <table class="table trials">
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.column} {...column} sorting={sorting} onSort={onSort} />
              ))}
            </tr>
          </thead>
          <tbody onMouseLeave={() => props.onHighlight(undefined)}>
            {rows.map((row) => (
              <Row key={row.number} {...props} row={row} columns={columns} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface HeadProps {
  column: string;
  text: string;
  number: boolean;
  sorting: Sorting;
  onSort: (column: string) => void;
}

function Head({ column, text, number, sorting, onSort }: HeadProps): JSX.Element {
  const current = sorting.column === column;
  const direction = sorting.descending ? "descending" : "ascending";
  return (
    <th scope="col" class={number ? "number" : ""} aria-sort={current ? direction : "none"}>
      <button type="button" onClick={() => onSort(column)} title={t("Sort by {0}", text)}>
        {text}
        <span class={`codicon codicon-${current ? (sorting.descending ? "arrow-down" : "arrow-up") : "blank"}`} />
      </button>
    </th>
  );
}

type RowProps = SweepViewProps & { row: TrialRow; columns: readonly { column: string; number: boolean }[] };

function Row({ row, columns, state, highlighted, onHighlight, onAsk }: RowProps): JSX.Element {
  const { run, status } = row;
  const open = run === undefined ? undefined : (): void => onAsk({ type: "openRun", run });
  const cell = (column: string): JSX.Element | string => {
    switch (column) {
      case "trial":
        return open ? (
          <vscode-link href="#" title={t("Open the trial's run")}>
            {row.number}
          </vscode-link>
        ) : (
          String(row.number)
        );
      case "metric":
        return row.best ? formatMetric(state.metric, row.best.value) : "–";
      case "epochs":
        return row.epochs === 0 ? "–" : t("{0} of {1}", row.epoch, row.epochs);
      case "state":
        return trialWord(status);
      case "seconds":
        return row.seconds === 0 ? "–" : formatDuration(row.seconds);
      default:
        return String(row.values[column.slice("set:".length)]);
    }
  };
  return (
    <tr
      class={[status, run !== undefined && run === highlighted ? "highlighted" : "", open ? "openable" : ""].join(" ")}
      onMouseEnter={() => onHighlight(run)}
      onFocusCapture={() => onHighlight(run)}
      onClick={(event) => {
        event.preventDefault();
        open?.();
      }}
    >
      {columns.map(({ column, number }) => (
        <td key={column} class={number ? "number" : column === "state" ? "state" : ""}>
          {cell(column)}
        </td>
      ))}
    </tr>
  );
}
