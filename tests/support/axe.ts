import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** Checks a page, as it is now, by the rules of axe-core. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  // Tests without Chromium do not need the package.
  const { default: { source } } = await import("axe-core");
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(source);
  const found = await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
      id + ": " + html.slice(0, 200) + " " + failureSummary)))`);
  assertEquals(found, [], what);
}
