const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** What stands where there is no figure. */
export const NO_FIGURE = "–";

/** Shows a whole number: `1,000,000`. */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** Shows milliseconds with about four digits, to the microsecond at most: `0.043`, `71.25`, `1,204`. */
export function formatMs(ms: number): string {
  if (ms >= 999.95) return WHOLE.format(ms);
  return ms.toFixed(ms < 9.9995 ? 3 : ms < 99.995 ? 2 : 1);
}

/** Shows how many times another figure one is, with two digits: `×0.17`, `×1.0`, `×12`. */
export function formatRatio(value: number, other: number): string {
  const ratio = value / other;
  if (!Number.isFinite(ratio)) return NO_FIGURE;
  if (ratio === 0 || ratio >= 9.95) return `×${WHOLE.format(ratio)}`;
  return `×${ratio < 0.995 ? ratio.toPrecision(2) : ratio.toFixed(1)}`;
}

/** Shows a share as whole percent, without the sign. */
export function formatPercent(share: number): string {
  return WHOLE.format(share * 100);
}

/**
 * Shows numbers in few words, those that follow each other in a list as a range.
 *
 * @param chosen some of them, in the list's order
 * @param list all there are
 * @returns such as `1, 21 to 61`
 */
export function formatRanges(chosen: readonly number[], list: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  let before = -Infinity;
  for (const number of chosen) {
    const at = list.indexOf(number);
    if (at === before + 1) ranges.at(-1)![1] = number;
    else ranges.push([number, number]);
    before = at;
  }
  return ranges.map(([first, last]) => formatRange(first, last)).join(", ");
}

function formatRange(first: number, last: number): string {
  return first === last ? formatCount(first) : `${formatCount(first)} to ${formatCount(last)}`;
}
