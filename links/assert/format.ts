/**
 * @param value Any value.
 * @returns The whole value as text.
 */
export function format(value: unknown): string {
  return Deno.inspect(value, {
    compact: false,
    depth: Infinity,
    getters: true,
    iterableLimit: Infinity,
    sorted: true,
    strAbbreviateSize: Infinity,
    trailingComma: true,
  });
}

// How much is shown before and after the first difference.
const TEXT_MARGIN = 1_000;
const ELEMENTS_MARGIN = 8;

/**
 * @param actual A value.
 * @param expected The value it should equal.
 * @returns Where they differ first, and what both have there.
 */
export function describeDifference(actual: unknown, expected: unknown): string {
  // A typed array can be too long to be formatted whole.
  if (isTypedArray(actual) && isTypedArray(expected)) {
    return describe(actual, expected, ELEMENTS_MARGIN, format);
  }
  if (typeof actual === "string" && typeof expected === "string") {
    return describe(actual, expected, TEXT_MARGIN, format);
  }
  return describe(format(actual), format(expected), TEXT_MARGIN, (text) => `\n${text}`);
}

function isTypedArray(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

interface Sequence<Part> {
  readonly length: number;
  readonly [index: number]: unknown;
  slice(start: number, end: number): Part;
}

function describe<Part>(
  actual: Sequence<Part>,
  expected: Sequence<Part>,
  margin: number,
  show: (part: Part) => string,
): string {
  let at = 0;
  while (at < actual.length && Object.is(actual[at], expected[at])) at++;
  const start = Math.max(0, at - margin);
  const excerpt = (sequence: Sequence<Part>) =>
    `(length ${sequence.length}, from ${start}): ${show(sequence.slice(start, at + margin))}`;
  return `First difference at ${at}\n` +
    `actual ${excerpt(actual)}\n` +
    `expected ${excerpt(expected)}`;
}
