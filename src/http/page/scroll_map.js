// Maps pixels and the scroll bar to line numbers. A browser cannot make an element as high as a
// large file, so the page has no such element: all that it stores is a position. Line numbers are
// integers up to 2^53 - 1 and are only added to and subtracted from, so they stay exact.

/**
 * What is at the upper edge of the window: the pixel `offsetPx` of `line`. A negative offset means
 * pixels above the line: a position can place a line further down without knowing how high the
 * lines above it are. `lines + 1` is the end of the file.
 *
 * @typedef {{ readonly line: number, readonly offsetPx: number }} Position
 */

/** @type {Position} */
export const START = { line: 1, offsetPx: 0 };

/**
 * @param {number} lines
 * @param {number} windowPx the height of the window
 * @returns {Position} the end of the file at the lower edge of the window
 */
export function endPosition(lines, windowPx) {
  return { line: lines + 1, offsetPx: -windowPx };
}

/**
 * Finds the line at the upper edge of the window. The work is proportional to the offset, not to
 * the number of lines.
 *
 * @param {Position} position
 * @param {number} lines at least 1
 * @param {(line: number) => number} heightOf the height of a line, in pixels, above 0
 * @returns {Position} a line of the file, with an offset from 0 up to the height of the line
 */
export function normalize({ line, offsetPx }, lines, heightOf) {
  while (offsetPx < 0 && line > 1) {
    line--;
    offsetPx += heightOf(line);
  }
  if (offsetPx < 0) return START;
  while (line <= lines) {
    const heightPx = heightOf(line);
    if (offsetPx < heightPx) return { line, offsetPx };
    offsetPx -= heightPx;
    line++;
  }
  return { line: lines, offsetPx: heightOf(lines) - 1 };
}

/**
 * @param {number} fraction of the track, from 0 to 1
 * @param {number} lastTop the line at the upper edge if the window shows the end of the file
 * @returns {number} the line at the upper edge: 1 for 0, `lastTop` for 1
 */
export function lineAtFraction(fraction, lastTop) {
  return 1 + Math.round(Math.max(0, Math.min(fraction, 1)) * (lastTop - 1));
}

/**
 * @param {number} line at the upper edge
 * @param {number} lastTop as for {@link lineAtFraction}
 * @returns {number} from 0 to 1
 */
export function fractionOfLine(line, lastTop) {
  return lastTop <= 1 ? 0 : Math.max(0, Math.min((line - 1) / (lastTop - 1), 1));
}

/**
 * @param {number} trackPx the height of the track
 * @param {number} visibleLines the lines that fit into the window
 * @param {number} lines
 * @returns {number} the height of the thumb: proportional, but never too small to grasp
 */
export function thumbHeight(trackPx, visibleLines, lines) {
  if (visibleLines >= lines) return trackPx;
  return Math.min(trackPx, Math.max(MIN_THUMB_PX, trackPx * (visibleLines / lines)));
}

const MIN_THUMB_PX = 32;
