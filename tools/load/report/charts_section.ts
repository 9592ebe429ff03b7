import { renderBarChart } from "./bar_chart.ts";
import type { ChartData } from "./chart_data.ts";
import { jsonElement, type Markup, markup } from "./markup.ts";

/**
 * Draws the charts: those of one step as bars, of the others the places where the page's script
 * draws them, and their data for it.
 */
export function renderCharts(charts: readonly ChartData[]): Markup {
  if (charts.length === 0) return markup`<p>There is nothing to draw: no request was answered.</p>`;
  return markup`<section aria-labelledby="charts-title">
<div class="charts-head">
<h2 id="charts-title">Charts</h2>
<fieldset class="switch">
<legend>Scale of times</legend>
<label><input type="radio" name="scale" value="logarithmic" checked> logarithmic</label>
<label><input type="radio" name="scale" value="linear"> linear</label>
</fieldset>
</div>
<noscript><p>The charts need scripts to be allowed; the table has all figures.</p></noscript>
<div class="charts">
${charts.map(renderChart)}</div>
${jsonElement("charts", charts.filter((chart) => !isOfOneStep(chart)))}
</section>`;
}

function renderChart(chart: ChartData): Markup {
  const { id, title, note } = chart;
  return markup`<figure class="chart" aria-labelledby="title-${id}">
<figcaption>
<h3 id="title-${id}">${title}</h3>
<p class="note">${note}</p>
</figcaption>
${isOfOneStep(chart) ? renderBarChart(chart) : markup`<div class="plot" id="plot-${id}"></div>`}
</figure>
`;
}

function isOfOneStep({ x }: ChartData): boolean {
  return x.length === 1;
}
