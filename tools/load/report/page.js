// @ts-check
// Runs in the report's page, after uPlot.
/** @import uPlot from "uplot" */
/** @import { ChartData, Curve } from "./chart_data.ts" */
/** @import { PageElement, PageGlobals } from "./page_globals.ts" */
/** @typedef {PageGlobals & { readonly uPlot: typeof uPlot }} Page the globals */

((/** @type {Page} */ page) => {
  const { document } = page;

  /** The number of colours in the style sheet. */
  const HUES = 6;

  /** The dashes of the first, second and third figure of a target, and their names in CSS. */
  const SOLID = { dash: /** @type {number[]} */ ([]), border: "solid" };
  const DASHES = [SOLID, { dash: [9, 4], border: "dashed" }, { dash: [2, 3], border: "dotted" }];

  /** On paper, two charts fit on a landscape page of A4 or Letter. */
  const PRINTED_PX = { width: 940, height: 190 };

  const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";

  /** @type {ChartData[]} */
  const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]");

  /** The drawn charts by their ids. @type {Map<string, uPlot>} */
  const plots = new Map();

  let isPrinting = false;

  /** @param {string} name a custom property */
  function colour(name) {
    return page.getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /** @param {ChartData} chart @param {Curve} curve */
  function curveColour(chart, { target, figure }) {
    const isOneTarget = chart.curves.every((other) => other.target === chart.curves[0]?.target);
    return colour(`--curve-${(isOneTarget ? figure : target) % HUES}`);
  }

  /** @param {Curve} curve */
  function dashOf({ figure }) {
    return DASHES[figure % DASHES.length] ?? SOLID;
  }

  /** @param {number} value */
  function formatValue(value) {
    const digits = value < 9.9995 ? 3 : value < 99.995 ? 2 : value < 999.95 ? 1 : 0;
    return value.toLocaleString("en-US", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  }

  /** @param {ChartData} chart @param {number | null | undefined} value */
  function formatReading({ unit }, value) {
    if (value === null || value === undefined) return "–";
    return unit === "ms"
      ? `${formatValue(value)} ms`
      : `${Math.round(value).toLocaleString("en-US")}/s`;
  }

  /** @param {number} value */
  function formatTick(value) {
    return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  }

  /** @param {number} place 1 / (1 - percentile) @param {number} moreDigits more than necessary */
  function formatPercentile(place, moreDigits) {
    const digits = Math.max(0, Math.ceil(Math.log10(place) - 1e-9) - 2) + moreDigits;
    return `${(100 * (1 - 1 / place)).toFixed(digits)} %`;
  }

  /** @param {ChartData} chart @param {number | null | undefined} x */
  function formatX({ xKind }, x) {
    if (x === null || x === undefined) return "–";
    return xKind === "clients" ? x.toLocaleString("en-US") : formatPercentile(x, 1);
  }

  function isLogarithmic() {
    return document.querySelector("input[name=scale]:checked")?.value === "logarithmic";
  }

  /** @param {ChartData} chart @returns {uPlot.Scales} */
  function scales(chart) {
    const isYLogarithmic = chart.unit === "ms" && isLogarithmic();
    return {
      x: {
        time: false,
        distr: chart.isXLogarithmic ? 3 : 1,
        range: (_plot, min, max) =>
          chart.isXLogarithmic
            ? [min, max * 1.05]
            : [min - (max - min) / 60, max + (max - min) / 60],
      },
      y: isYLogarithmic
        ? { distr: 3, range: (_plot, min, max) => wholeDecades(min, max) }
        : { range: (_plot, _min, max) => page.uPlot.rangeNum(0, max || 1, 0.1, true) },
    };
  }

  /**
   * From a power of ten to another one, so that both ends of the axis have a label.
   *
   * @param {number} min @param {number} max @returns {[number, number]}
   */
  function wholeDecades(min, max) {
    const first = Math.floor(Math.log10(min || max || 1));
    return [10 ** first, 10 ** Math.max(Math.ceil(Math.log10(max || 1)), first + 1)];
  }

  /** A logarithmic scale has lines only at powers of ten. @param {number[]} places */
  function powersOfTen(places) {
    return places.map((place) => Number.isInteger(Math.log10(place)) ? place : null);
  }

  /** The ticks of a logarithmic x axis. @param {ChartData} chart */
  function xSplits({ x, xKind }) {
    return xKind === "clients" ? [...x] : x.filter((place) => Number.isInteger(Math.log10(place)));
  }

  /** @param {ChartData} chart @returns {uPlot.Axis[]} */
  function axes(chart) {
    const common = {
      stroke: () => colour("--muted"),
      font: FONT,
      labelFont: FONT,
      labelSize: 18,
    };
    const grid = { stroke: () => colour("--grid"), width: 1 };
    const ticks = { stroke: () => colour("--rule"), width: 1, size: 5 };
    const filter = (/** @type {uPlot} */ plot, /** @type {number[]} */ places) =>
      plot.scales["y"]?.distr === 3 ? powersOfTen(places) : places;
    return [
      {
        ...common,
        grid,
        ticks,
        label: chart.xKind === "clients" ? "clients" : "requests that took at most this long",
        size: 32,
        ...(chart.isXLogarithmic
          ? { splits: () => xSplits(chart), filter: (_plot, places) => places }
          : {}),
        values: (_plot, places) =>
          places.map((place) =>
            chart.xKind === "clients" ? formatTick(place) : formatPercentile(place, 0)
          ),
      },
      {
        ...common,
        grid: { ...grid, filter },
        ticks: { ...ticks, filter },
        label: chart.unit,
        size: 62,
        values: (_plot, places) => places.map((place) => place === null ? "" : formatTick(place)),
      },
    ];
  }

  /** @param {ChartData} chart @param {uPlot | undefined} before @returns {uPlot.Series[]} */
  function series(chart, before) {
    return [
      {
        label: chart.xKind === "clients" ? "clients" : "percentile",
        value: (_plot, x) => formatX(chart, x),
      },
      ...chart.curves.map((curve, i) => ({
        label: curve.label,
        show: before?.series[i + 1]?.show ?? true,
        stroke: () => curveColour(chart, curve),
        width: curve.figure === 0 ? 2.25 : 1.5,
        dash: dashOf(curve).dash,
        points: { size: 5, fill: () => curveColour(chart, curve) },
        value: (/** @type {uPlot} */ _plot, /** @type {number} */ value) =>
          formatReading(chart, value),
      })),
    ];
  }

  /** The first entry of the legend is x. @param {ChartData} chart @returns {uPlot.Legend.Markers} */
  function markers(chart) {
    const curveAt = (/** @type {number} */ i) => /** @type {Curve} */ (chart.curves[i - 1]);
    return {
      width: 3,
      stroke: (/** @type {uPlot} */ _plot, /** @type {number} */ i) =>
        curveColour(chart, curveAt(i)),
      dash: (/** @type {uPlot} */ _plot, /** @type {number} */ i) => dashOf(curveAt(i)).border,
    };
  }

  /** @param {PageElement} place @param {boolean} isFirst */
  function sizeOf(place, isFirst) {
    if (isPrinting) return PRINTED_PX;
    const width = place.clientWidth;
    return { width, height: Math.round(Math.min(isFirst ? 400 : 300, Math.max(240, width * 0.6))) };
  }

  /** Without a cursor, the legend shows the last step. @param {uPlot} plot */
  function showLastWithoutCursor(plot) {
    if (plot.cursor.idx === null) plot.setLegend({ idx: plot.data[0].length - 1 }, false);
  }

  /** Makes the legend's entries usable with the keyboard. @param {uPlot} plot */
  function makeLegendAccessible(plot) {
    /** @type {PageElement} */
    const root = plot.root;
    const heads = [...root.querySelectorAll(".u-series:not(:first-child) th")];
    heads.forEach((head, i) => {
      const showState = () => {
        head.ariaPressed = String(plot.series[i + 1]?.show ?? true);
      };
      head.tabIndex = 0;
      head.role = "button";
      showState();
      head.addEventListener("click", showState);
      head.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        head.click();
      });
    });
  }

  /** @param {ChartData} chart */
  function draw(chart) {
    const place = document.getElementById(`plot-${chart.id}`);
    if (place === null) return;
    const before = plots.get(chart.id);
    before?.destroy();
    /** @type {uPlot.AlignedData} */
    const data = [[...chart.x], ...chart.curves.map(({ values }) => [...values])];
    const plot = new page.uPlot(
      {
        ...sizeOf(place, chart === charts[0]),
        scales: scales(chart),
        axes: axes(chart),
        series: series(chart, before),
        cursor: {
          y: false,
          sync: { key: chart.xKind, scales: ["x", null] },
        },
        legend: {
          markers: markers(chart),
        },
        hooks: { setCursor: [showLastWithoutCursor], ready: [showLastWithoutCursor] },
      },
      data,
      place,
    );
    makeLegendAccessible(plot);
    plots.set(chart.id, plot);
  }

  function drawAll() {
    charts.forEach(draw);
  }

  /** @param {boolean} is */
  function setPrinting(is) {
    isPrinting = is;
    document.documentElement.classList.toggle("printing", is);
    drawAll();
  }

  function fitAll() {
    if (isPrinting) return;
    for (const chart of charts) {
      const place = document.getElementById(`plot-${chart.id}`);
      if (place !== null) plots.get(chart.id)?.setSize(sizeOf(place, chart === charts[0]));
    }
  }

  drawAll();
  for (const input of document.querySelectorAll("input[name=scale]")) {
    input.addEventListener("change", drawAll);
  }
  page.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  page.addEventListener("resize", fitAll);
  page.addEventListener("beforeprint", () => setPrinting(true));
  page.addEventListener("afterprint", () => setPrinting(false));
})(/** @type {Page} */ (/** @type {unknown} */ (globalThis)));
