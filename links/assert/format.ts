const TEXT_LENGTH_MAX = 2_000;

/**
 * @param value Anything.
 * @returns The value as text of bounded length.
 */
export function format(value: unknown): string {
  return excerpt(inspect(value), 0);
}

/**
 * @param value Anything.
 * @returns The value as text.
 */
export function inspect(value: unknown): string {
  return Deno.inspect(value, {
    compact: false,
    depth: 20,
    iterableLimit: 10_000,
    sorted: true,
    strAbbreviateSize: Infinity,
    trailingComma: true,
  });
}

/**
 * @param text A text.
 * @param index Where to look.
 * @returns The text, or what is around the index where the text is long.
 */
export function excerpt(text: string, index: number): string {
  if (text.length <= TEXT_LENGTH_MAX) return text;
  const latest = text.length - TEXT_LENGTH_MAX;
  const start = Math.max(0, Math.min(latest, index - TEXT_LENGTH_MAX / 2));
  const before = start > 0 ? "…" : "";
  const after = start < latest ? "…" : "";
  return before + text.slice(start, start + TEXT_LENGTH_MAX) + after;
}
