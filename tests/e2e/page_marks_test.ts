import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { HAS_CHROMIUM, inBrowser, NEEDS_CHROMIUM } from "../support/page_browser.ts";
import { nextFrame, shownRows, waitForLine, waitUntil } from "../support/page_rows.ts";
import { PageServer } from "../support/page_server.ts";
import { hostileText, LONG_LINE, LONG_LINE_BYTES, numberedText } from "../support/page_texts.ts";

const ignore = !HAS_CHROMIUM;

async function markedLines(page: Page): Promise<number[]> {
  return (await shownRows(page)).filter(({ isMarked }) => isMarked).map(({ line }) => line);
}

async function waitForHash(page: Page, hash: string): Promise<void> {
  await waitUntil(page, `location.hash === ${JSON.stringify(hash)}`);
}

/** Waits until the page has told that it copied, and returns what is in the clipboard. */
async function copied(page: Page): Promise<string> {
  await waitUntil(page, "document.querySelector('#message').textContent.startsWith('Copied')");
  return await clipboard(page);
}

async function clipboard(page: Page): Promise<string> {
  return await page.evaluate<string>("navigator.clipboard.readText()");
}

Deno.test(
  `page: marks are in the address, survive a reload, and can be copied${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(numberedText(1_000_000_000));
      const { page } = await open();
      await page.goto(`${server.url}#L777777775-777777777`);
      await waitForLine(page, 777_777_777);
      assertEquals(await markedLines(page), [777_777_775, 777_777_776, 777_777_777]);

      await page.click("#row-777777780 .number");
      await page.click("#row-777777784 .number", { modifiers: ["Shift"] });
      await waitForHash(page, "#L777777780-777777784");
      await page.reload();
      await waitForLine(page, 777_777_784);
      assertEquals((await markedLines(page)).length, 5);
      assertEquals(await page.textContent("#marks-text"), "Lines 777,777,780–777,777,784 (5)");

      await page.click("#copy-lines");
      const expected = [0, 1, 2, 3, 4].map((i) => `line ${777_777_780 + i}`).join("\n");
      assertEquals(await copied(page), expected);
      await page.click("#copy-link");
      await waitUntil(
        page,
        "document.querySelector('#message').textContent === 'Copied the link.'",
      );
      assertEquals(await clipboard(page), `${server.url}#L777777780-777777784`);

      await page.evaluate("location.hash = '#L12'");
      await waitForLine(page, 12);
      await nextFrame(page);
      assertEquals(await markedLines(page), [12]);
      await page.keyboard.press("Shift+ArrowDown");
      await page.keyboard.press("Shift+ArrowDown");
      await waitForHash(page, "#L12-14");
      await page.keyboard.press("Escape");
      await waitForHash(page, "");
      assertEquals(await markedLines(page), []);
      await page.evaluate("location.hash = '#L1000000001'");
      await waitUntil(page, "document.querySelector('#message').textContent !== ''");
      assertEquals(
        await page.textContent("#message"),
        "No such line: L1000000001. The file has 1,000,000,000 lines.",
      );
    }),
);

Deno.test(
  `page: Ctrl-C copies selected lines exactly, without their numbers${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(hostileText());
      const { page } = await open();
      await page.goto(server.url);
      await waitForLine(page, 16);
      const select = async (from: string, to: string) => {
        await page.evaluate(`(() => {
          const text = (line) => document.querySelector("#row-" + line + " .text");
          getSelection().setBaseAndExtent(...${from}, ...${to});
        })()`);
        await page.keyboard.press("Control+c");
        return await clipboard(page);
      };
      const decode = (n: number) => new TextDecoder().decode(server.text.line(n));
      assertEquals(
        await select("[text(8), 0]", "[text(11), text(11).childNodes.length]"),
        [8, 9, 10, 11].map(decode).join("\n"),
      );
      assertEquals(
        await select("[text(4).firstChild, 2]", "[text(5).firstChild, 3]"),
        `${decode(4).slice(2)}\n${decode(5).slice(0, 3)}`,
      );

      // Of a long line, the row has only the beginning.
      const beginning = await select(
        "[text(16).firstChild, 0]",
        `[text(${LONG_LINE}), text(${LONG_LINE}).childNodes.length]`,
      );
      assertEquals(beginning, `${decode(16)}\n${"x".repeat(4096)}`);
      assertStringIncludes((await page.textContent("#message"))!, "Only a part was copied");

      // A marked line is copied completely.
      await page.evaluate("getSelection().removeAllRanges()");
      await page.click(`#row-${LONG_LINE} .number`);
      await page.keyboard.press("c");
      assertEquals((await copied(page)).length, LONG_LINE_BYTES);
    }),
);

Deno.test(
  `page: the panel shows JSON as a tree, bytes in hexadecimal, and long lines on request${NEEDS_CHROMIUM}`,
  { ignore },
  () =>
    inBrowser(async (open) => {
      await using server = new PageServer(hostileText());
      const { page } = await open();
      const body = page.locator("#panel-body");
      const openLine = async (line: number) => {
        await page.evaluate(`location.hash = "#L${line}"`);
        await waitForLine(page, line);
        await page.locator("#viewport").focus();
        await page.keyboard.press("Enter");
        await waitUntil(
          page,
          `document.querySelector("#panel-facts").textContent.includes("bytes") ||
            document.querySelector("#panel-facts").textContent.includes("more than")`,
        );
      };
      await page.goto(server.url);
      await waitForLine(page, 1);

      await openLine(15);
      const members = await body.innerText();
      for (const part of ['"big": 12345678901234567890', '"twice": 1', '"twice": 2', "\\u202e"]) {
        assertStringIncludes(members, part);
      }
      await page.click("#view-text");
      assertEquals(await body.textContent(), new TextDecoder().decode(server.text.line(15)));
      await page.keyboard.press("Escape");
      assertEquals(await page.isVisible("#panel"), false);

      // Only branches that are open are in the document.
      await openLine(14);
      assertEquals(await body.locator("details").count(), 3);
      for (let i = 0; i < 20; i++) await body.locator("details:not([open]) > summary").click();
      await waitUntil(page, "document.querySelectorAll('#panel-body details').length === 23");
      await page.keyboard.press("Escape");

      await openLine(7);
      assertEquals(
        await body.textContent(),
        "00000000  62 61 64 20 ff fe c3 28  ed a0 80                 bad ···(···",
      );
      await page.keyboard.press("Escape");

      await page.click(`#row-${LONG_LINE} .more`);
      await waitUntil(page, "!document.querySelector('#show-all').hidden");
      assertEquals(
        await page.textContent("#panel-note-text"),
        "Only the first 65,536 bytes are shown.",
      );
      await page.click("#show-all");
      await waitUntil(page, "document.querySelector('#panel-note').hidden");
      await waitUntil(page, "document.querySelector('#panel-facts').textContent !== 'loading'");
      assertEquals(await page.textContent("#panel-facts"), "10,000,000 bytes");
      assertEquals(await body.locator(".chunk").count(), Math.ceil(LONG_LINE_BYTES / 16384));
      await body.locator(".chunk").last().scrollIntoViewIfNeeded();
      await waitUntil(page, "document.querySelector('.chunk:last-child').textContent !== ''");
    }),
);
