const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Replaces a missing figure. */
export const NO_FIGURE = "–";

/** Formats an integer: `1,000,000`. */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** Formats milliseconds with about four digits, at most to the microsecond: `0.043`, `71.25`, `1,204`. */
export function formatMs(ms: number): string {
  if (ms >= 999.95) return WHOLE.format(ms);
  return ms.toFixed(ms < 9.9995 ? 3 : ms < 99.995 ? 2 : 1);
}

/** Formats the ratio of two figures with two digits: `×0.17`, `×1.0`, `×12`. */
export function formatRatio(value: number, other: number): string {
  const ratio = value / other;
  if (!Number.isFinite(ratio)) return NO_FIGURE;
  if (ratio === 0 || ratio >= 9.95) return `×${WHOLE.format(ratio)}`;
  return `×${ratio < 0.995 ? ratio.toPrecision(2) : ratio.toFixed(1)}`;
}

/** Formats a share as integer percent, without the sign. */
export function formatPercent(share: number): string {
  return WHOLE.format(share * 100);
}

/**
 * Formats numbers of a list, neighbours in the list as a range: `1, 21 to 61`.
 *
 * @param chosen some numbers of the list, in its order
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
