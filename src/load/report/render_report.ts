import { createHash } from "node:crypto";
import uplotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import type { LoadReport } from "../load_report.ts";
import { renderBarChart } from "./bar_chart.ts";
import { type ChartData, chartsOf } from "./chart_data.ts";
import { renderFiguresTable } from "./figures_table.ts";
import { formatCount } from "./figures.ts";
import { Html, html, jsonElement } from "./html.ts";
import { type Notice, noticesOf, type NoticeTable } from "./notices.ts";
import pageScript from "./page.js" with { type: "text" };
import pageStyle from "./page.css" with { type: "text" };
import { describeSettings } from "./settings_text.ts";

/** What the page runs, in this order; the types of both say that they are modules. */
const SCRIPTS: readonly string[] = [uplotScript, pageScript].map(String);

/**
 * Draws a report of the load tester as one self-contained HTML page, which asks for nothing from
 * outside and runs nothing but its own scripts.
 *
 * @param report what was measured
 * @returns the page
 * @throws {Error} where a histogram in it is none
 */
export function renderReport(report: LoadReport): string {
  const charts = chartsOf(report);
  const labels = report.targets.map(({ label }) => label).join(", ");
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy()}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Load test of ${labels}</title>
        <style>${new Html(uplotStyle)}</style>
        <style>${new Html(pageStyle)}</style>
      </head>
      <body>
    <header>
    <p class="kicker">linesvr load</p>
    <h1>Load test of ${labels}</h1>
    ${renderFacts(report)}
    </header>
    <main>
    <section class="notices" aria-label="What to know first">${noticesOf(report).map(renderNotice)}
    </section>
    ${renderSummary(report)}
    ${renderCharts(charts)}
    ${renderAllFigures(report)}
    </main>
    <footer>Every figure, and every histogram, is in what <code>--json</code> writes.</footer>
    ${jsonElement("charts", charts.filter((chart) => !isOfOneStep(chart)))}
    ${SCRIPTS.map((script) => html`<script>${new Html(script)}</script>`)}
      </body>
    </html>
  `.markup;
}

/** Lets the page's own scripts run, and nothing else load or run: not even what was put in past the escaping. */
function contentPolicy(): string {
  const hashes = SCRIPTS.map((script) =>
    `'sha256-${createHash("sha256").update(script).digest("base64")}'`
  );
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(" ")}`;
}

function renderFacts({ targets, machine, startedAt, settings }: LoadReport): Html {
  return html`<dl class="facts">
<dt>${targets.length === 1 ? "Target" : "Targets"}</dt>
${
    targets.map(({ label, address, protocol }) =>
      html`
        <dd><strong>${label}</strong> at ${address}, ${protocol === "redis"
          ? "Redis protocol"
          : "line protocol"}</dd>
      `
    )
  }<dt>Machine</dt>
<dd>${machine}</dd>
<dt>Begun</dt>
<dd><time datetime="${startedAt}">${formatTime(startedAt)}</time></dd>
${
    describeSettings(settings).map(([about, text]) =>
      html`
        <dt>${about}</dt>
        <dd>${text}</dd>
      `
    )
  }</dl>`;
}

function formatTime(isoTime: string): string {
  return isoTime.replace(/^(\S+)T(\d+:\d+)\S*Z$/, "$1 $2 UTC");
}

function renderNotice({ level, title, text, more, table }: Notice): Html {
  return html`
    <section class="notice ${level}">
    <h2>${title}</h2>
    <p>${text}</p>${more === undefined ? "" : html`
      <details>
        <summary>${more.title}</summary>
        <p>${more.text}</p>
      </details>
    `}${table === undefined ? "" : renderNoticeTable(table)}
    </section>
  `;
}

function renderNoticeTable({ heads, rows }: NoticeTable): Html {
  return html`
    <div class="scroll">
      <table class="details">
    <tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>
    ${rows.map((cells) =>
      html`
        <tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
      `
    )}</table>
    </div>
  `;
}

function renderCharts(charts: readonly ChartData[]): Html {
  if (charts.length === 0) return html`<p>Nothing was measured.</p>`;
  return html`
    <section aria-labelledby="charts-title">
      <div class="charts-head">
        <h2 id="charts-title">Charts</h2>
        <fieldset class="switch">
          <legend>Scale of times</legend>
          <label><input type="radio" name="scale" value="logarithmic" checked> logarithmic</label>
          <label><input type="radio" name="scale" value="linear"> linear</label>
        </fieldset>
      </div>
      <div class="charts">${charts.map(renderChart)}
      </div>
      <noscript><p>The charts need scripts to be allowed; the table has all figures.</p></noscript>
    </section>
  `;
}

function renderChart(chart: ChartData): Html {
  const { id, title, note } = chart;
  return html`
    <figure class="chart" aria-labelledby="title-${id}">
    <figcaption><h3 id="title-${id}">${title}</h3>
    <p class="note">${note}</p></figcaption>
    ${isOfOneStep(chart) ? renderBarChart(chart) : html`<div class="plot" id="plot-${id}"></div>`}
    </figure>
  `;
}

function isOfOneStep({ x }: ChartData): boolean {
  return x.length === 1;
}

/** The last step that every target ran, where it is not the only one: what most want to know. */
function renderSummary(report: LoadReport): Html {
  const to = Math.min(...report.targets.map(({ steps }) => steps.length));
  const clients = report.targets[0]?.steps[to - 1]?.clients;
  if (to < 2 || clients === undefined) return html``;
  const title = `At ${formatCount(clients)} clients`;
  return html`<section>
<h2>${title}</h2>
${renderFiguresTable(report, { from: to - 1, to }, title)}
${renderTableNotes(report)}
</section>`;
}

function renderAllFigures(report: LoadReport): Html {
  const to = Math.max(...report.targets.map(({ steps }) => steps.length));
  if (to === 0) return html``;
  return html`<section>
<h2>All figures</h2>
${renderFiguresTable(report, { from: 0, to }, "All figures")}
${renderTableNotes(report)}
</section>`;
}

function renderTableNotes({ targets }: LoadReport): Html {
  const isAnySaturated = targets.some(({ steps }) => steps.some(({ isSaturated }) => isSaturated));
  return html`${
    targets.length === 1 ? "" : html`
      <p class="note">A ratio says how many times the figure of ${targets[0]!.label} it is.</p>
    `
  }${
    isAnySaturated
      ? html`
        <p class="note">▲ The load tester's own processor was the limit.</p>
      `
      : ""
  }`;
}
