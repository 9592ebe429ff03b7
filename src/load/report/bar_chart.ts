import type { ChartData, Curve } from "./chart_data.ts";
import { formatCount, formatMs } from "./figures.ts";
import { type Html, html } from "./html.ts";

/**
 * Draws a chart whose curves have one value each as bars, which need no script.
 *
 * @param chart has one x
 */
export function renderBarChart({ curves, unit, figures }: ChartData): Html {
  const longest = Math.max(...curves.map(valueOf), Number.MIN_VALUE);
  const format = unit === "ms" ? formatMs : formatCount;
  const isOneTarget = curves.every(({ target }) => target === 0);
  return html`<dl class="bars">${
    curves.map((curve) =>
      html`
        <dt>${curve.label}</dt>
        <dd><span class="bar hue-${isOneTarget
          ? curve.figure
          : curve.target}${figures.length > 1 && !isOneTarget
          ? ` tone-${curve.figure}`
          : ""}" style="--share: ${(valueOf(curve) / longest).toFixed(4)}"></span> ${format(
            valueOf(curve),
          )} ${unit}</dd>
      `
    )
  }
</dl>`;
}

function valueOf({ values }: Curve): number {
  return values[0] ?? 0;
}
