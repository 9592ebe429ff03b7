import { renderReport } from "../../tools/load/report/render_report.ts";
import { assertAccessible } from "../support/axe.ts";
import { failedStep, loadReport, stepReport, targetReport } from "../support/load_reports.ts";
import { HAS_CHROMIUM, inBrowser, NEEDS_CHROMIUM } from "../support/page_browser.ts";

const RAMP = [1, 11, 21].map((clients) => stepReport(clients));
const REPORTS = {
  "a ramp": loadReport([targetReport("a", ...RAMP)]),
  "two targets, with failures": loadReport([
    targetReport("a", ...RAMP),
    targetReport("b", stepReport(1), failedStep(11), stepReport(21, { wrong: 3, wrongLines: [7] })),
  ]),
};

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(
    `report of linesvr-load: axe-core finds no violation in ${colorScheme} colours${NEEDS_CHROMIUM}`,
    { ignore: !HAS_CHROMIUM },
    () =>
      inBrowser(async (open) => {
        for (const [what, report] of Object.entries(REPORTS)) {
          const { page } = await open({ colorScheme });
          await page.setContent(renderReport(report));
          await assertAccessible(page, what);
        }
      }),
  );
}
