/**
 * Replaces control characters: a path in a message may contain any.
 */
export function oneLine(message: string): string {
  // deno-lint-ignore no-control-regex
  return message.replace(/[\x00-\x1f\x7f]/g, "?");
}
