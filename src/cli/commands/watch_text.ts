import { SYSTEM_TIMERS, type Timers } from "../../server/timers.ts";
import type { TextSource } from "../../source/text_source.ts";

/** How often a text is checked. */
export const CHECK_EVERY_MS = 1_000;

/**
 * How many checks in a row must fail: a file may be missing for a moment while it is replaced, and a restart in
 * this moment would fail.
 */
export const FAILED_CHECKS_MIN = 2;

/**
 * Checks from time to time whether a text has changed since it was opened.
 *
 * @param onChange called once, with the error of the check
 * @returns ends the checks when it is disposed of
 */
export function watchText(
  text: Pick<TextSource, "check">,
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

function failureOf(text: Pick<TextSource, "check">): Error | undefined {
  try {
    text.check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
