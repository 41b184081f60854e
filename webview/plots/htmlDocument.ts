/** A self-contained HTML file: the viewer's script and style and one packed explanation. Opens offline in any browser. */
import type { PackedExplanation } from "./packed";

/** The id of the element that holds the data. */
export const DATA_ELEMENT = "explanation";

export interface Viewer {
  /** The bundle of webview/standalone.tsx and its style sheet. */
  script: string;
  style: string;
}

/** The document's text. Nothing of the data can end an element: it stands as escaped JSON or escaped text. */
export function htmlDocument(packed: PackedExplanation, viewer: Viewer): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:">
<title>${escapeText(packed.header.fileName)}</title>
<style>${withoutMap(viewer.style).replace(/<\/(style)/gi, "<\\/$1")}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page draws its plots with JavaScript, which is switched off.</noscript>
<script type="application/json" id="${DATA_ELEMENT}">${escapeJson(packed)}</script>
<script>${withoutMap(viewer.script)
    .replace(/<\/(script)/gi, "<\\/$1")
    .replace(/<!--/g, "<\\!--")}</script>
</body>
</html>
`;
}

/** The page stands alone: what was built for development names a source map beside it. */
function withoutMap(text: string): string {
  return text.replace(/\n(?:\/\/|\/\*)# sourceMappingURL=\S+(?: \*\/)?\s*$/, "\n");
}

/** JSON that may stand inside a script element. */
export function escapeJson(value: unknown): string {
  const escapes: Record<string, string> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  return JSON.stringify(value)
    .replace(/[<>&]/g, (character) => escapes[character])
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

function escapeText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
