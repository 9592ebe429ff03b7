const COUNT = new Intl.NumberFormat("en-US");

/** @param {number} count an integer @returns {string} such as `1,000,000` */
export function formatCount(count) {
  return COUNT.format(count);
}

/** @param {number} count @param {string} noun in the singular @returns {string} such as `2 lines` */
export function formatCountOf(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** @param {number} bytes @returns {string} such as `5.4 GB`; units are powers of 1,000 */
export function formatBytes(bytes) {
  if (bytes < 1000) return formatCountOf(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : COUNT.format(Math.round(value))} ${units[unit]}`;
}

/**
 * Parses what a user types into "Go to line": `5`, `1,000,000`, `1 000`, `50%`, or `-1` for the
 * last line. Numbers beyond the last line give the last line.
 *
 * @param {string} text
 * @param {number} lines the number of lines of the file
 * @returns {number | null} a line from 1 to `lines`; `null` if the text is none of these
 */
export function parseLine(text, lines) {
  if (lines === 0) return null;
  const plain = text.replaceAll(/[\s,_']/g, "").replace(/^(?:#?L|:)/i, "");
  if (/^\d+(?:\.\d+)?%$/.test(plain)) {
    const share = Math.min(Number.parseFloat(plain) / 100, 1);
    return clampLine(Math.round(share * lines), lines);
  }
  if (/^-\d+$/.test(plain)) return clampLine(lines + 1 + Number(plain), lines);
  return /^\d+$/.test(plain) ? clampLine(Number(plain), lines) : null;
}

/** @param {number} line @param {number} lines at least 1 @returns {number} from 1 to `lines` */
export function clampLine(line, lines) {
  return Math.max(1, Math.min(line, lines));
}
