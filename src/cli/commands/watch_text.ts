import { SYSTEM_TIMERS, type Timers } from "../../server/timers.ts";
import { openText } from "../../source/open_text.ts";
import type { PreparedFile } from "./prepare_indexes.ts";

/** How often a text is checked. */
export const CHECK_EVERY_MS = 1_000;

/**
 * How many checks in a row must fail: a file may be missing for a moment while it is replaced, and a restart in
 * this moment would fail.
 */
export const FAILED_CHECKS_MIN = 2;

/** What is watched: its `check` throws if it has changed. */
export interface Watched {
  check(): void;
}

/**
 * Opens files to be watched, `since` they were checked. Of several, none stays open: to check one, its path is enough.
 *
 * @throws {TextError} (as a rejection) if one has changed since, or cannot be read
 */
export async function openWatched(
  files: readonly PreparedFile[],
): Promise<Watched & AsyncDisposable> {
  const [file] = files;
  if (files.length === 1) return await openText(file!.textPath, { since: file!.checked.text });
  const texts: Watched[] = [];
  for (const { textPath, checked } of files) {
    await using text = await openText(textPath, { since: checked.text, mayBlock: true });
    texts.push(text);
  }
  return {
    check: () => texts.forEach((text) => text.check()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Checks from time to time whether a text has changed since it was opened.
 *
 * @param onChange called once, with the error of the check
 * @returns ends the checks when it is disposed of
 */
export function watchText(
  text: Watched,
  onChange: (error: Error) => void,
  timers: Timers = SYSTEM_TIMERS,
): Disposable {
  let failed = 0;
  const stop = timers.every(CHECK_EVERY_MS, () => {
    const error = failureOf(text);
    failed = error === undefined ? 0 : failed + 1;
    if (error === undefined || failed < FAILED_CHECKS_MIN) return;
    stop();
    onChange(error);
  });
  return { [Symbol.dispose]: stop };
}

function failureOf(text: Watched): Error | undefined {
  try {
    text.check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
