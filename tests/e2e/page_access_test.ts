import { assertEquals } from "@std/assert";
import { assertAccessible } from "../support/axe.ts";
import { HAS_CHROMIUM, inBrowser, NEEDS_CHROMIUM } from "../support/page_browser.ts";
import { nextFrame, shownRows, waitForLine, waitUntil } from "../support/page_rows.ts";
import { PageServer } from "../support/page_server.ts";
import { hostileText, logText } from "../support/page_texts.ts";

const ignore = !HAS_CHROMIUM;

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(
    `page: axe-core finds no violation in ${colorScheme} colours${NEEDS_CHROMIUM}`,
    { ignore },
    () =>
      inBrowser(async (open) => {
        await using server = new PageServer(logText(1_000_000_000));
        const { page } = await open({ colorScheme });
        await page.goto(`${server.url}#L400000010-400000013`);
        await waitForLine(page, 400_000_013);
        await assertAccessible(page, "a log with marks");

        await page.locator(".text", { hasText: "customer" }).first().dblclick();
        await waitUntil(page, "document.querySelector('.json') !== null");
        await assertAccessible(page, "the panel with JSON");
        for (const view of ["text", "hex"]) {
          await page.click(`#view-${view}`);
          await assertAccessible(page, `the panel with ${view}`);
        }
        await page.setViewportSize({ width: 360, height: 640 });
        await nextFrame(page);
        await assertAccessible(page, "a narrow window with the panel");
        await page.keyboard.press("Escape");
        await nextFrame(page);
        await assertAccessible(page, "a narrow window");

        await page.keyboard.press("?");
        await assertAccessible(page, "the list of keys");
        await page.click("#keys-close");
        server.mode = "broken";
        await page.keyboard.press("Home");
        await waitUntil(page, "!document.querySelector('#banner').hidden");
        await assertAccessible(page, "lines that were not loaded");
      }),
  );
}

Deno.test(
  `page: axe-core finds no violation in a text with all colours and symbols${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(hostileText());
      const { page } = await open({ viewport: { width: 360, height: 640 } });
      await page.goto(server.url);
      await waitForLine(page, 16);
      await assertAccessible(page, "symbols");
      await page.keyboard.press("w");
      await nextFrame(page);
      await assertAccessible(page, "wrapped lines");
    }),
);

Deno.test(
  `page: the theme can be chosen, stays, and needs no system setting${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(logText(1000));
      const { page } = await open({ colorScheme: "light" });
      const paper = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      await page.goto(server.url);
      await waitForLine(page, 1);
      const light = await paper();
      await page.keyboard.press("t");
      const dark = await paper();
      assertEquals([await page.textContent("#theme"), dark !== light], ["Theme: dark", true]);
      await page.reload();
      await waitForLine(page, 1);
      assertEquals(await paper(), dark);
      await page.click("#theme");
      assertEquals([await page.textContent("#theme"), await paper()], ["Theme: light", light]);
    }),
);

Deno.test(
  `page: a window of 360 px has everything in reach${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(logText(10_000_000_000));
      const { page } = await open({
        viewport: { width: 360, height: 640 },
        hasTouch: true,
        reducedMotion: "reduce",
      });
      await page.goto(`${server.url}#L9999999999`);
      await waitForLine(page, 9_999_999_999);
      const overhang = await page.evaluate<string[]>(
        `[...document.querySelectorAll("header *, footer *, #scroll-bar")].filter((e) =>
          e.checkVisibility() && e.getBoundingClientRect().right > 360).map((e) => e.id)`,
      );
      assertEquals(overhang, []);
      const height = await page.evaluate<number>(
        "document.querySelector('#viewport').clientHeight",
      );
      assertEquals(height > 400, true, `${height} px are left for lines`);

      // A finger that moves down by 205 px brings 10 lines and a quarter from above.
      const before = (await shownRows(page))[0]!.line;
      const session = await page.context().newCDPSession(page);
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", y?: number) =>
        session.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: y === undefined ? [] : [{ x: 150, y }],
        });
      await touch("touchStart", 200);
      for (let px = 5; px <= 205; px += 20) await touch("touchMove", 200 + px);
      await touch("touchEnd");
      await nextFrame(page);
      const moved = before - (await shownRows(page))[0]!.line;
      assertEquals(moved >= 9 && moved <= 11, true, `${moved} lines`);
    }),
);
