import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM, inBrowser, NEEDS_CHROMIUM } from "../support/page_browser.ts";
import { nextFrame, shownRows, waitForLine, waitUntil } from "../support/page_rows.ts";
import { PageServer } from "../support/page_server.ts";
import { HOSTILE_LINES, hostileText, numberedText } from "../support/page_texts.ts";

const ignore = !HAS_CHROMIUM;

async function waitForBanner(page: Page, text: string): Promise<void> {
  const shown = "document.querySelector('#banner:not([hidden]) #banner-text')?.textContent";
  await waitUntil(page, `${shown} === ${JSON.stringify(text)}`);
}

Deno.test(
  `page: a text with markup, scripts, controls and bidi characters does no harm${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(hostileText());
      const { page, requests } = await open();
      await page.goto(server.url);
      await waitForLine(page, 1);
      const tags = await page.evaluate<string[]>(
        "[...new Set([...document.querySelectorAll('#rows *')].map((e) => e.localName))].sort()",
      );
      assertEquals(tags, ["a", "button", "div", "span"]);
      const rows = await shownRows(page);
      assertEquals(rows[0]!.text, new TextDecoder().decode(HOSTILE_LINES[0]));
      assertEquals(rows[3]!.text.includes("\u202e"), false);
      assertEquals(rows[3]!.text.startsWith("abc U+202Etxt.exe"), true);
      assertEquals(rows[5]!.text, "nul ␀ bell ␇ esc ␛ backspace ␈␈␈ delete ␡ nextU+0085line");
      assertEquals(rows[7]!.text, "red orange green inverse");
      assertEquals(rows[8]!.text, "␛[2J␛]0;title␇␛[3");
      assertEquals(await page.title(), "<b>hostileU+202E.log – linesvr");
      // No line is higher than a line, whatever is in it.
      const heights = await page.evaluate<number[]>(
        "[...new Set([...document.querySelectorAll('#rows .row')].map((e) => e.offsetHeight))]",
      );
      assertEquals(heights, [20]);
      for (let line = 1; line <= HOSTILE_LINES.length; line++) {
        await page.locator(`#row-${line} .text`).dblclick({ position: { x: 16, y: 10 } });
        await waitUntil(page, "document.querySelector('#panel-facts').textContent !== 'loading'");
        for (const view of ["text", "hex"]) await page.click(`#view-${view}`);
        await page.keyboard.press("Escape");
      }
      await page.keyboard.press("w");
      await nextFrame(page);
      const { origin } = new URL(server.url);
      assertEquals(requests.filter((url) => new URL(url).origin !== origin), []);
      assertEquals(await page.evaluate("frames.length"), 0);
    }),
);

Deno.test(
  `page: it tells that the server is gone, and goes on when the server is back${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(numberedText(1_000_000));
      const { page } = await open();
      await page.goto(server.url);
      await waitForLine(page, 1);
      await server.stop();
      await page.keyboard.press("End");
      await waitForBanner(page, "Connection lost. Trying again …");
      // The banner is there as soon as one of the pages has failed.
      await waitUntil(
        page,
        `[...document.querySelectorAll("#rows .text")]
          .every(({ textContent }) => textContent === "not loaded")`,
      );
      server.start();
      await waitForLine(page, 1_000_000);
      await waitUntil(page, "document.querySelector('#banner').hidden");
      assertEquals((await shownRows(page)).at(-1)!.text, "line 1000000");
    }),
);

Deno.test(
  `page: it tells that the file has changed or was replaced, and why a page failed${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(numberedText(1_000_000));
      const { page } = await open();
      await page.goto(server.url);
      await waitForLine(page, 1);

      server.mode = "broken";
      await page.keyboard.press("End");
      await waitForBanner(page, "Cannot load lines (HTTP status 500).");
      server.mode = "normal";
      await page.click("#banner-button");
      await waitForLine(page, 1_000_000);
      await waitUntil(page, "document.querySelector('#banner').hidden");

      // A failure is forgotten when its lines are out of sight.
      server.mode = "broken";
      await page.evaluate("location.hash = '#L700000'");
      await waitForBanner(page, "Cannot load lines (HTTP status 500).");
      server.mode = "normal";
      await page.keyboard.press("End");
      await waitForLine(page, 1_000_000);
      await waitUntil(page, "document.querySelector('#banner').hidden");

      server.mode = "changed";
      await page.evaluate("location.hash = '#L500000'");
      await waitForBanner(page, "The server refuses to answer (The file has changed).");
      server.mode = "normal";
      server.fingerprint = "b".repeat(64);
      await waitForBanner(page, "The file was replaced. These lines are of the old file.");
      assert(server.paths.at(-1)!.endsWith("/info"), server.paths.at(-1));
      await page.click("#banner-button");
      await waitForLine(page, 500_000);
      assertEquals((await shownRows(page)).filter(({ isMarked }) => isMarked).length, 1);
      assertEquals(await page.isVisible("#banner"), false);
    }),
);
