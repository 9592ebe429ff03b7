/**
 * Marked lines: `first` to `last`, both included.
 *
 * @typedef {{ readonly first: number, readonly last: number }} Marks
 */

/**
 * @param {number} line one end
 * @param {number} other the other end
 * @returns {Marks}
 */
export function marksBetween(line, other) {
  return { first: Math.min(line, other), last: Math.max(line, other) };
}

/**
 * Parses the fragment of an address: `#L123` or `#L123-140`.
 *
 * @param {string} hash
 * @param {number} lines the number of lines of the file
 * @returns {Marks | null} `null` if the fragment has another form or names a line that does not exist
 */
export function parseHash(hash, lines) {
  const [, from, to] = /^#L(\d{1,16})(?:-L?(\d{1,16}))?$/.exec(hash) ?? [];
  if (from === undefined) return null;
  const marks = marksBetween(Number(from), Number(to ?? from));
  return marks.first >= 1 && marks.last <= lines ? marks : null;
}

/** @param {Marks | null} marks @returns {string} the fragment; empty without marks */
export function formatHash(marks) {
  if (marks === null) return "";
  return marks.first === marks.last ? `#L${marks.first}` : `#L${marks.first}-${marks.last}`;
}

/** @param {Marks | null} marks @param {number} line @returns {boolean} */
export function isMarked(marks, line) {
  return marks !== null && line >= marks.first && line <= marks.last;
}
