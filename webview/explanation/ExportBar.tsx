/** Copy and save. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../l10n";
import { exportHtml, exportName, type ExportRequest, exportSvg, svgToPng } from "./exports";
import type { Exporter } from "./source";

export interface Notice {
  level: "info" | "error";
  message: string;
}

export interface ExportBarProps {
  request: ExportRequest;
  exporter: Exporter;
  onNotice: (notice: Notice | undefined) => void;
}

export function ExportBar({ request, exporter, onNotice }: ExportBarProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const name = exportName(request.source.header, request.view, request.choices);
  const act = (work: () => Promise<string | undefined>) => async (): Promise<void> => {
    setBusy(true);
    onNotice(undefined);
    try {
      const said = await work();
      if (said !== undefined) onNotice({ level: "info", message: said });
    } catch (error) {
      onNotice({ level: "error", message: error instanceof Error ? error.message : String(error) });
    } finally {
      setBusy(false);
    }
  };
  const actions: { label: string; title: string; work: () => Promise<string | undefined> }[] = [
    {
      label: t("Copy as SVG"),
      title: t("Put the plot on the clipboard as SVG text, for a light page."),
      work: async () => {
        await exporter.copy(await exportSvg(request));
        return t("The plot is on the clipboard as SVG.");
      },
    },
    {
      label: t("Save SVG…"),
      title: t("A drawing that stays sharp at any size."),
      work: async () => {
        exporter.save("svg", `${name}.svg`, await exportSvg(request));
        return undefined;
      },
    },
    {
      label: t("Save PNG…"),
      title: t("A picture of twice the plot's size."),
      work: async () => {
        exporter.save("png", `${name}.png`, await svgToPng(await exportSvg(request)));
        return undefined;
      },
    },
    {
      label: t("Save HTML…"),
      title: t("This view with all samples and outputs as one file that opens in any browser, offline."),
      work: async () => {
        const base = request.source.header.fileName.replace(/(\.shap)?\.npz$/, "");
        exporter.save("html", `${base}.html`, await exportHtml(request, exporter));
        return undefined;
      },
    },
  ];
  return (
    <div class="exports" role="group" aria-label={t("Export")}>
      {actions.map(({ label, title, work }) => (
        <vscode-button key={label} appearance="secondary" title={title} disabled={busy} onClick={act(work)}>
          {label}
        </vscode-button>
      ))}
    </div>
  );
}
