import { createHash } from "node:crypto";
import uplotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import type { LoadReport } from "../load_report.ts";
import { chartsOf } from "./chart_data.ts";
import { renderCharts } from "./charts_section.ts";
import { renderFacts } from "./facts_section.ts";
import { formatCount } from "./figures.ts";
import { renderFiguresTable } from "./figures_table.ts";
import { Markup, markup } from "./markup.ts";
import { noticesOf } from "./notices.ts";
import { renderNotices } from "./notices_section.ts";
import pageStyle from "./page.css" with { type: "text" };
import pageScript from "./page.js" with { type: "text" };

/** The page's scripts, in order. To the type checker, both imports are modules, not texts. */
const SCRIPTS: readonly string[] = [uplotScript, pageScript].map(String);

/**
 * Renders a report as one self-contained HTML page, which loads nothing and runs only its own scripts.
 *
 * @throws {Error} if a histogram of the report is invalid
 */
export function renderReport(report: LoadReport): string {
  return markup`<!doctype html>
<html lang="en">
${renderHead(report)}
${renderBody(report)}
</html>
`.html;
}

function renderHead(report: LoadReport): Markup {
  return markup`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titleOf(report)}</title>
<style>${new Markup(uplotStyle)}</style>
<style>${new Markup(pageStyle)}</style>
</head>`;
}

function renderBody(report: LoadReport): Markup {
  return markup`<body>
<header>
<p class="kicker">linesvr-load</p>
<h1>${titleOf(report)}</h1>
${renderFacts(report)}
</header>
<main>
${renderNotices(noticesOf(report))}
${renderSummary(report)}
${renderCharts(chartsOf(report))}
${renderAllFigures(report)}
</main>
<footer><code>--json</code> writes all figures and histograms.</footer>
${SCRIPTS.map((script) => markup`<script>${new Markup(script)}</script>\n`)}</body>`;
}

function titleOf({ targets }: LoadReport): string {
  return `Load test of ${targets.map(({ label }) => label).join(", ")}`;
}

/** The last step that every target has completed, unless it is the only one. */
function renderSummary(report: LoadReport): Markup {
  const to = Math.min(...report.targets.map(({ steps }) => steps.length));
  const clients = report.targets[0]?.steps[to - 1]?.clients;
  if (to < 2 || clients === undefined) return markup``;
  const title = `At ${formatCount(clients)} clients`;
  return markup`<section>
<h2>${title}</h2>
${renderFiguresTable(report, { from: to - 1, to }, title)}
</section>`;
}

function renderAllFigures(report: LoadReport): Markup {
  const to = Math.max(...report.targets.map(({ steps }) => steps.length));
  if (to === 0) return markup``;
  return markup`<section>
<h2>All figures</h2>
${renderFiguresTable(report, { from: 0, to }, "All figures")}
</section>`;
}

/** Allows only the page's own scripts: a second line of defence after escaping. */
function contentPolicy(): string {
  const hashes = SCRIPTS.map((script) =>
    `'sha256-${createHash("sha256").update(script).digest("base64")}'`
  );
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(" ")}`;
}
