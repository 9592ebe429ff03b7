/**
 * Makes a message fit for one line: a path, for instance, may hold any character.
 *
 * @example
 * ```ts
 * import { oneLine } from "./one_line.ts";
 *
 * console.log(oneLine("no such file: a\nb")); // "no such file: a?b"
 * ```
 */
export function oneLine(message: string): string {
  // deno-lint-ignore no-control-regex
  return message.replace(/[\x00-\x1f\x7f]/g, "?");
}
