import { createHash } from "node:crypto";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { LoadReport } from "../../../../tools/load/load_report.ts";
import type { ChartData } from "../../../../tools/load/report/chart_data.ts";
import { renderReport } from "../../../../tools/load/report/render_report.ts";
import {
  failedStep,
  latencyReport,
  loadReport,
  stepReport,
  targetReport,
} from "../../../support/load_reports.ts";

const RAMP = [1, 11, 21].map((clients) => stepReport(clients));

/** Returns the data for the page's script. */
function dataOf(page: string): ChartData[] {
  const match = /<script type="application\/json" id="charts">([^<]*)<\/script>/.exec(page);
  return JSON.parse(match![1]!);
}

/** Returns the scripts that the page would run. */
function scriptsOf(page: string): string[] {
  return [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script]) => script!);
}

/** Returns the page without its scripts. */
function contentOf(page: string): string {
  return page.replaceAll(/<script>.*?<\/script>/gs, "");
}

const REQUESTS_IN_CONTENT =
  /https?:|\b(src|href|srcset|action)\s*=|@import|\burl\(|<(link|img|iframe)/i;
const REQUESTS_IN_SCRIPT =
  /https?:|\bfetch\b|XMLHttpRequest|WebSocket|EventSource|\bimport\(|\.src\b/;
const UPLOT_LICENCE = "/*! https://github.com/leeoniya/uPlot";

const REPORTS: Readonly<Record<string, LoadReport>> = {
  "one target": loadReport([targetReport("a", ...RAMP)]),
  "one step": loadReport([targetReport("a", stepReport(50))]),
  "two targets": loadReport([targetReport("a", ...RAMP), targetReport("b", ...RAMP.slice(1))]),
  "no reply": loadReport([targetReport("a", failedStep(1), failedStep(11))]),
  "no step": { ...loadReport([targetReport("a")]), isCutShort: true },
};

for (const [name, report] of Object.entries(REPORTS)) {
  Deno.test(`renderReport of ${name} loads nothing from outside`, () => {
    const page = renderReport(report);
    assert(page.startsWith("<!doctype html>\n<html"));
    assertEquals(contentOf(page).match(REQUESTS_IN_CONTENT), null);
    for (const script of scriptsOf(page)) {
      assertEquals(script.replace(UPLOT_LICENCE, "").match(REQUESTS_IN_SCRIPT), null);
    }
    assertStringIncludes(page, "default-src &#39;none&#39;");
  });

  Deno.test(`renderReport of ${name} allows only its own scripts`, () => {
    const page = renderReport(report);
    const scripts = scriptsOf(page);
    assertEquals(scripts.length, 2);
    for (const script of scripts) {
      const hash = createHash("sha256").update(script).digest("base64");
      assertStringIncludes(page, `&#39;sha256-${hash}&#39;`);
    }
  });

  Deno.test(`renderReport of ${name} contains no NaN, Infinity or undefined`, () => {
    assertEquals(
      contentOf(renderReport(report)).match(/NaN|Infinity|undefined|\bnull,null\b/),
      null,
    );
  });
}

Deno.test("renderReport of many steps has an element and data for each chart", () => {
  const page = renderReport(REPORTS["two targets"]!);
  const ids = dataOf(page).map(({ id }) => id);
  assertEquals(ids, ["times", "percentiles", "throughput", "phases", "distribution"]);
  for (const id of ids) assertStringIncludes(page, `id="plot-${id}"`);
  assertEquals(page.includes(`class="bars"`), false);
  assertStringIncludes(page, "<h2>At 11 clients</h2>");
});

Deno.test("renderReport of one step has bars instead of line charts", () => {
  const page = renderReport(REPORTS["one step"]!);
  assertEquals(dataOf(page).map(({ x }) => x.length > 1), [true]);
  assertEquals([...page.matchAll(/class="bars"/g)].length, 4);
  assertStringIncludes(page, `style="--share: 1.0000"></span> 5,000 requests/s`);
  assertEquals(page.includes("<h2>At 50 clients</h2>"), false);
});

Deno.test("renderReport of one step has the switch of the scale only next to the plot that it changes", () => {
  const page = contentOf(renderReport(REPORTS["one step"]!));
  const [before, after, ...others] = page.split(`<fieldset class="switch">`);
  assertEquals(others, []);
  assertStringIncludes(before!.slice(before!.lastIndexOf("<figure")), "All requests at 50 clients");
  assertEquals(after!.indexOf(`id="plot-distribution"`) < after!.indexOf("</figure>"), true);
});

Deno.test("renderReport of one request has no switch of the scale, because all charts are bars", () => {
  const step = stepReport(1, { requests: 1, latency: latencyReport(1) });
  const page = contentOf(renderReport(loadReport([targetReport("a", step)])));
  assertEquals(page.includes(`name="scale"`), false);
});

Deno.test("renderReport escapes all data from outside", () => {
  const evil = `</script></title><img src=x onerror="alert('1')">&`;
  const wrongAnswer = { line: 1, differsAtByte: 0, received: evil, expected: evil };
  const step = stepReport(2, {
    errors: 1,
    failures: [{ kind: evil, count: 1, example: evil }],
    wrong: 1,
    wrongLines: [1],
    wrongAnswers: [wrongAnswer],
    isSaturated: true,
  });
  const target = { ...targetReport(evil, step, step), address: evil };
  const report = loadReport([target, target], { file: evil });
  const page = renderReport({ ...report, machine: evil, startedAt: evil });
  assertEquals(page.match(/<img/i), null);
  assertEquals(scriptsOf(page), scriptsOf(renderReport(REPORTS["one target"]!)));
  assertEquals(dataOf(page)[0]!.curves[0]!.label, evil);
  assertEquals([...page.matchAll(/<\/(script|title)>/g)].length, 4);
});

Deno.test("renderReport has labelled radio buttons for the scale, usable with the keyboard", () => {
  const page = renderReport(REPORTS["one target"]!);
  assertEquals(
    [...page.matchAll(/<label><input type="radio" name="scale" value="(\w+)"/g)].map(([, value]) =>
      value
    ),
    ["logarithmic", "linear"],
  );
});
