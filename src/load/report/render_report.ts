import type { LoadReport } from "../load_report.ts";

/**
 * Draws a report of the load tester as one self-contained HTML page.
 *
 * @param report what was measured
 * @returns the page
 */
export function renderReport(report: LoadReport): string {
  return `<!doctype html><title>linesvr load</title><pre>${escapeHtml(report)}</pre>`;
}

function escapeHtml(report: LoadReport): string {
  return JSON.stringify(report, null, 2).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
