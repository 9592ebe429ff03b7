import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { assertEquals } from "@std/assert";

const CHROMIUM = "/usr/bin/chromium";

/** Without the last ones, Chromium asks the hosts of its vendor for updates. */
const ARGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  // In a container, /dev/shm may be too small for a page.
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-precise-memory-info",
];

/** Whether the browser that the tests drive is installed. */
export const HAS_CHROMIUM = isInstalled();

/** Added to the name of a test that is ignored without Chromium. */
export const NEEDS_CHROMIUM = HAS_CHROMIUM ? "" : ` (ignored: needs ${CHROMIUM})`;

function isInstalled(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

/** A page in a browser, which reports what a page must never do. */
export interface Tab {
  readonly page: Page;
  /** Uncaught exceptions, violations of the security policy, dialogs. */
  readonly problems: string[];
  /** The addresses of all requests. */
  readonly requests: string[];
}

/** Runs a test in a browser of its own, and checks that the pages had no problems. */
export async function inBrowser(
  body: (open: (options?: BrowserContextOptions) => Promise<Tab>) => Promise<void>,
): Promise<void> {
  const browser = await launch();
  const tabs: Tab[] = [];
  try {
    await body(async (options = {}) => {
      const tab = await openTab(browser, options);
      tabs.push(tab);
      return tab;
    });
    assertEquals(tabs.flatMap(({ problems }) => problems), []);
  } finally {
    await browser.close();
  }
}

async function launch(): Promise<Browser> {
  // Tests without Chromium do not need the package.
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}

async function openTab(browser: Browser, options: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const tab: Tab = { page, problems: [], requests: [] };
  page.on("request", (request) => tab.requests.push(request.url()));
  page.on("pageerror", (error) => tab.problems.push(`exception: ${error.message}`));
  page.on("dialog", (dialog) => {
    tab.problems.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("console", (message) => {
    // The browser logs requests that fail, which some tests provoke.
    const isFailedRequest = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isFailedRequest) tab.problems.push(message.text());
  });
  return tab;
}
