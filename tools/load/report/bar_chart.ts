import type { ChartData, Curve } from "./chart_data.ts";
import { formatCount, formatMs } from "./figures.ts";
import { type Markup, markup } from "./markup.ts";

/** How many colours the style sheet has. */
const HUES = 6;

/**
 * Draws a chart whose curves have one value each as bars, which need no script.
 *
 * @param chart has one x
 */
export function renderBarChart({ curves, unit }: ChartData): Markup {
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
