import type { Comparison, RunResult } from "../../sim/result.ts";
import { embeddedJson, pageData } from "./data.ts";
import { clientScript } from "./script.ts";
import { STYLE } from "./style.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/**
 * One self-contained HTML document that asks the network for nothing. Whatever a run names is data: it stands in
 * a JSON script element and reaches the page as text nodes only.
 */
export function htmlReport(
  results: readonly RunResult[],
  options: { readonly title: string; readonly comparisons?: readonly Comparison[] },
): string {
  const data = pageData(results, options.title, options.comparisons);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(options.title)}</title>
<style>
${STYLE}</style>
</head>
<body>
<div id="app"></div>
<noscript>${escapeHtml(data.summary)} The rest of this report needs its inline script.</noscript>
<script type="application/json" id="data">${embeddedJson(data)}</script>
<script>
${clientScript()}
</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
