import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** A row of the page that is at least partly visible. */
export interface ShownRow {
  readonly line: number;
  readonly text: string;
  readonly isMarked: boolean;
  readonly isCurrent: boolean;
  /** Whether the whole row is in the window. */
  readonly isWhole: boolean;
}

const READ_ROWS = `(() => {
  const box = document.querySelector("#viewport").getBoundingClientRect();
  return [...document.querySelectorAll("#rows .row")].filter((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > box.top && top < box.bottom;
  }).map((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return {
      line: Number(row.querySelector(".number").textContent),
      text: row.querySelector(".text").textContent,
      isMarked: row.classList.contains("marked"),
      isCurrent: row.classList.contains("current"),
      isWhole: top >= box.top - 1 && bottom <= box.bottom + 1,
    };
  });
})()`;

/** The visible rows, from the top. */
export async function shownRows(page: Page): Promise<ShownRow[]> {
  return await page.evaluate<ShownRow[]>(READ_ROWS);
}

/** A page that does not become what it should within this time has failed. */
const PATIENCE_MS = 30_000;

/**
 * Waits until an expression is true, frame by frame. Playwright's own `waitForFunction` compiles
 * code in the page, which the page's security policy forbids.
 */
export async function waitUntil(page: Page, expression: string): Promise<void> {
  const isTrue = await page.evaluate<boolean>(`new Promise((done) => {
    const endMs = performance.now() + ${PATIENCE_MS};
    const check = () => {
      if (${expression}) done(true);
      else if (performance.now() > endMs) done(false);
      else requestAnimationFrame(check);
    };
    check();
  })`);
  assert(isTrue, `never true: ${expression}`);
}

/** Waits until a line is visible and loaded, and no visible row is still loading. */
export async function waitForLine(page: Page, line: number): Promise<void> {
  await waitUntil(
    page,
    `document.querySelector("#row-${line}") && !document.querySelector("#rows .placeholder")`,
  );
  // A further frame has drawn what the last answer brought.
  await nextFrame(page);
}

/** Waits until the page has drawn all that was asked of it so far. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))",
  );
}

/** Checks that the visible rows of a numbered text are consecutive lines, each with its own text. */
export async function assertNumbered(page: Page): Promise<ShownRow[]> {
  const rows = await shownRows(page);
  const [{ line: first } = { line: 0 }] = rows;
  assertEquals(rows.map(({ line }) => line), rows.map((_, i) => first + i));
  assertEquals(rows.map(({ text }) => text), rows.map(({ line }) => `line ${line}`));
  return rows;
}
