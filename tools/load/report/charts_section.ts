import type { ChartData, Curve } from "./chart_data.ts";
import { formatCount, formatMs } from "./figures.ts";
import { jsonElement, type Markup, markup } from "./markup.ts";

/** The number of colours in the style sheet. */
const HUES = 6;

/** Renders charts of one step as bars; for the others, elements and data for the page's script. */
export function renderCharts(charts: readonly ChartData[]): Markup {
  if (charts.length === 0) return markup`<p>No request was answered, so there are no charts.</p>`;
  const plotted = charts.filter((chart) => !isOfOneStep(chart));
  const plottedTimes = plotted.filter(isOfTimes);
  // Bars are always linear, so next to bars the switch belongs to the plot that it changes.
  const isForAll = plottedTimes.length === charts.filter(isOfTimes).length;
  const switchOf = (chart: ChartData) =>
    !isForAll && chart === plottedTimes[0] ? renderSwitch() : markup``;
  return markup`<section aria-labelledby="charts-title">
<div class="charts-head">
<h2 id="charts-title">Charts</h2>
${isForAll ? renderSwitch() : ""}
</div>
<noscript><p>The charts need JavaScript. The table below has all figures.</p></noscript>
<div class="charts">
${charts.map((chart) => renderChart(chart, switchOf(chart)))}</div>
${jsonElement("charts", plotted)}
</section>`;
}

function renderSwitch(): Markup {
  return markup`<fieldset class="switch">
<legend>Scale of times</legend>
<label><input type="radio" name="scale" value="logarithmic" checked> logarithmic</label>
<label><input type="radio" name="scale" value="linear"> linear</label>
</fieldset>`;
}

function renderChart(chart: ChartData, scaleSwitch: Markup): Markup {
  const { id, title, note } = chart;
  return markup`<figure class="chart" aria-labelledby="title-${id}">
<figcaption>
<h3 id="title-${id}">${title}</h3>
<p class="note">${note}</p>
${scaleSwitch}
</figcaption>
${isOfOneStep(chart) ? renderBarChart(chart) : markup`<div class="plot" id="plot-${id}"></div>`}
</figure>
`;
}

function isOfTimes({ unit }: ChartData): boolean {
  return unit === "ms";
}

function isOfOneStep({ x }: ChartData): boolean {
  return x.length === 1;
}

function renderBarChart({ curves, unit }: ChartData): Markup {
  const longest = Math.max(...curves.map(valueOf), Number.MIN_VALUE);
  const isOneTarget = curves.every(({ target }) => target === curves[0]?.target);
  const format = unit === "ms" ? formatMs : formatCount;
  const bars = curves.toSorted((a, b) => a.figure - b.figure).map((curve) => {
    const hue = (isOneTarget ? curve.figure : curve.target) % HUES;
    const value = format(valueOf(curve));
    const share = (valueOf(curve) / longest).toFixed(4);
    return markup`<dt>${curve.label}</dt>
<dd><span class="bar hue-${hue}" style="--share: ${share}"></span> ${value} ${unit}</dd>
`;
  });
  return markup`<dl class="bars">
${bars}</dl>`;
}

function valueOf({ values }: Curve): number {
  return values[0] ?? 0;
}
