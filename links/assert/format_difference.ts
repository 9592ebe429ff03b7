import { excerpt, inspect } from "./format.ts";

const ELEMENTS_AROUND = 8;

/**
 * @param actual The value there is.
 * @param expected The value there should be.
 * @returns Both as text of bounded length, so that the first difference can be seen.
 */
export function formatDifference(actual: unknown, expected: unknown): string {
  if (isElements(actual) && isElements(expected) && actual.constructor === expected.constructor) {
    return elementDifference(actual, expected);
  }
  const actualText = inspect(actual);
  const expectedText = inspect(expected);
  const index = firstDifference(actualText, expectedText);
  return `actual:   ${excerpt(actualText, index)}\nexpected: ${excerpt(expectedText, index)}`;
}

type Elements = ArrayLike<number | bigint> & ArrayBufferView;

function isElements(value: unknown): value is Elements {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** A typed array may hold megabytes, so only what is around the first difference is shown. */
function elementDifference(actual: Elements, expected: Elements): string {
  const index = firstDifference(actual, expected);
  return `first difference at index ${index}\n` +
    `actual:   ${around(actual, index)}\nexpected: ${around(expected, index)}`;
}

function around(elements: Elements, index: number): string {
  const start = Math.max(0, index - ELEMENTS_AROUND);
  const end = Math.min(elements.length, index + ELEMENTS_AROUND);
  const shown = Array.from({ length: Math.max(0, end - start) }, (_, i) => elements[start + i]);
  const before = start > 0 ? "… " : "";
  const after = end < elements.length ? " …" : "";
  return `${elements.constructor.name}(${elements.length}) [${before}${shown.join(", ")}${after}]`;
}

function firstDifference<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    // NaN differs from itself, but equals itself in an assertion.
    if (a[index] !== b[index] && !(a[index] !== a[index] && b[index] !== b[index])) return index;
  }
  return length;
}
