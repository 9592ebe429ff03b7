/**
 * Makes sure that a line can have this number.
 *
 * @throws {RangeError} Where it is not an integer from 1 to 2^53 - 1.
 */
export function assertLineNumber(lineNumber: number): void {
  if (Number.isSafeInteger(lineNumber) && lineNumber >= 1) return;
  throw new RangeError(`A line number must be an integer from 1 to 2^53 - 1: ${lineNumber}`);
}
