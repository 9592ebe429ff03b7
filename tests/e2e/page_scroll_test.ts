import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM, inBrowser, NEEDS_CHROMIUM } from "../support/page_browser.ts";
import {
  assertNumbered,
  nextFrame,
  shownRows,
  waitForLine,
  waitUntil,
} from "../support/page_rows.ts";
import { PageServer } from "../support/page_server.ts";
import { hostileText, numberedText } from "../support/page_texts.ts";

const LINES = 10_000_000_000;
const ignore = !HAS_CHROMIUM;

async function goTo(page: Page, text: string): Promise<void> {
  await page.keyboard.press(":");
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

/** Drags the thumb of the scroll bar by steps to a share of the track. */
async function dragTo(page: Page, share: number): Promise<void> {
  const thumb = (await page.locator("#thumb").boundingBox())!;
  const track = (await page.locator("#scroll-bar").boundingBox())!;
  const x = thumb.x + thumb.width / 2;
  await page.mouse.move(x, thumb.y + thumb.height / 2);
  await page.mouse.down();
  const end = track.y + thumb.height / 2 + share * (track.height - thumb.height);
  await page.mouse.move(x, end, { steps: 20 });
  await page.mouse.up();
}

Deno.test(
  `page: jumps, keys, the wheel and the scroll bar show the right lines of 10^10${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(numberedText(LINES));
      const { page } = await open();
      await page.goto(server.url);
      await waitForLine(page, 1);
      assertEquals((await assertNumbered(page))[0]!.line, 1);
      assertEquals(await page.textContent("#facts"), "10,000,000,000 lines, 540 GB");

      await goTo(page, "5,000,000,000");
      await waitForLine(page, 5_000_000_000);
      assertEquals(
        (await assertNumbered(page)).filter(({ isCurrent }) => isCurrent).map(({ line }) => line),
        [5_000_000_000],
      );
      const bar = page.locator("#scroll-bar");
      const value = Number(await bar.getAttribute("aria-valuenow"));
      assert(Math.abs(value - 5_000_000_000) < 50, `${value}`);
      const valueText = await bar.getAttribute("aria-valuetext");
      assertEquals(valueText, `line ${value.toLocaleString("en-US")} of 10,000,000,000`);

      await page.keyboard.press("Control+g");
      await page.keyboard.type("25%");
      await page.keyboard.press("Enter");
      await waitForLine(page, 2_500_000_000);
      await assertNumbered(page);

      await page.keyboard.press("End");
      await waitForLine(page, LINES);
      const end = await assertNumbered(page);
      assertEquals([end.at(-1)!.line, end.at(-1)!.isWhole], [LINES, true]);
      assertEquals(await page.textContent("#percent"), "100.0%");

      await page.keyboard.press("Home");
      await waitForLine(page, 1);
      await page.mouse.move(400, 300);
      await page.mouse.wheel(0, 205);
      await waitForLine(page, 11);
      assertEquals((await assertNumbered(page))[0]!.line, 11, "10 rows of 20 px, and 5 px");
      await page.keyboard.press("PageDown");
      await nextFrame(page);
      const [second] = await assertNumbered(page);
      assert(second!.line > 35, `${second!.line}`);
      await page.keyboard.press("PageUp");
      await nextFrame(page);
      assertEquals((await assertNumbered(page))[0]!.line, 11);

      await dragTo(page, 0.5);
      await nextFrame(page);
      const middle = (await shownRows(page))[0]!.line;
      assert(Math.abs(middle / LINES - 0.5) < 0.01, `${middle}`);
      await waitForLine(page, middle);
      await assertNumbered(page);
      await dragTo(page, 1);
      await waitForLine(page, LINES);
      assertEquals((await assertNumbered(page)).at(-1)!.isWhole, true);
      await dragTo(page, 0);
      await waitForLine(page, 1);
      assertEquals((await assertNumbered(page))[0]!.line, 1);

      const tallest = await page.evaluate<number>(
        "Math.max(...[...document.querySelectorAll('*')].map((e) => e.offsetHeight || 0))",
      );
      assert(tallest <= 800, `an element of ${tallest} px`);
      assert(await page.locator("#rows .row").count() < 60);
    }),
);

Deno.test(
  `page: lines around the largest line number are right${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      const lines = Number.MAX_SAFE_INTEGER;
      await using server = new PageServer(numberedText(lines));
      const { page } = await open();
      await page.goto(`${server.url}#L${lines}`);
      await waitForLine(page, lines);
      const rows = await assertNumbered(page);
      assertEquals(rows.at(-1)!.line, lines);
      assertEquals(rows.filter(({ isMarked }) => isMarked).map(({ line }) => line), [lines]);
      await dragTo(page, 0.75);
      await nextFrame(page);
      await waitForLine(page, (await shownRows(page))[0]!.line);
      await assertNumbered(page);
    }),
);

Deno.test(
  `page: wrapped lines scroll by pixels, and both ends of the file can be reached${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(hostileText());
      const { page } = await open({ viewport: { width: 360, height: 640 } });
      await page.goto(server.url);
      await waitForLine(page, 1);
      await page.keyboard.press("w");
      await nextFrame(page);
      const before = await shownRows(page);
      await page.mouse.move(100, 300);
      for (let i = 0; i < 60; i++) await page.mouse.wheel(0, 100);
      await nextFrame(page);
      const there = (await shownRows(page))[0]!.line;
      assert(there > 5, `${there}`);
      for (let i = 0; i < 60; i++) await page.mouse.wheel(0, -100);
      await nextFrame(page);
      assertEquals(await shownRows(page), before, "the way back ends at the start");
      await page.keyboard.press("End");
      await waitForLine(page, 3000);
      const last = (await shownRows(page)).at(-1)!;
      assertEquals([last.line, last.isWhole], [3000, true]);
    }),
);

Deno.test(
  `page: a file without lines and a file of one line are shown${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using empty = new PageServer(numberedText(0));
      await using one = new PageServer(numberedText(1), "/behind/a/prefix/");
      const { page } = await open();
      await page.goto(empty.url);
      await waitUntil(page, "document.querySelector('#place').textContent !== ''");
      assertEquals(await page.textContent("#place"), "The file has no lines.");
      await page.goto(one.url);
      await waitForLine(page, 1);
      assertEquals((await assertNumbered(page)).length, 1);
      assertEquals(await page.textContent("#place"), "Lines 1–1 of 1");
      for (const key of ["End", "PageDown", "ArrowDown", "PageUp", "Home"]) {
        await page.keyboard.press(key);
        await nextFrame(page);
        assertEquals((await assertNumbered(page)).length, 1);
      }
    }),
);
