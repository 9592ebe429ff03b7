/**
 * @param msg What the caller of an assertion wants to add.
 * @returns The end of the sentence that says what failed.
 */
export function messageEnd(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}
