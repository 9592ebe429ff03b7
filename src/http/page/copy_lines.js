import { decodeLine } from "./decode_line.js";
import { formatCountOf } from "./line_numbers.js";
import { LINES_PER_PAGE, pageOf } from "./page_lines.js";
import { rawOf } from "./text_nodes.js";

/** @import { Marks } from "./line_marks.js" */
/** @import { LineRow } from "./line_row.js" */
/** @import { PageLines } from "./page_lines.js" */

const MAX_COPIED_LINES = 100_000;
const MAX_COPIED_BYTES = 16 * 1024 * 1024;

/**
 * @typedef {object} LineReader
 * @property {(page: number, signal: AbortSignal) => Promise<PageLines>} page
 * @property {(line: number, maxBytes: number, signal: AbortSignal) =>
 *   Promise<{ bytes: Uint8Array, isCut: boolean }>} line
 */

/**
 * Reads marked lines completely, also those that are cut in their page.
 *
 * @param {Marks} marks
 * @param {LineReader} reader
 * @param {AbortSignal} signal
 * @returns {Promise<{ text: string, isExact: boolean }>} the lines with LF between them; they are
 *   not exact if they contain bytes that are no UTF-8, because a clipboard holds characters
 * @throws {Error} if the lines are too many or too long, or cannot be read
 */
export async function readMarked({ first, last }, reader, signal) {
  const count = last - first + 1;
  if (count > MAX_COPIED_LINES) {
    const most = formatCountOf(MAX_COPIED_LINES, "line");
    throw new Error(`at most ${most} can be copied, not ${formatCountOf(count, "line")}`);
  }
  const texts = [];
  let isExact = true;
  let leftBytes = MAX_COPIED_BYTES;
  for (let line = first; line <= last;) {
    const page = pageOf(line);
    const lines = await reader.page(page, signal);
    for (; line <= last && pageOf(line) === page; line++) {
      const kept = lines.line((line - 1) % LINES_PER_PAGE);
      const { bytes, isCut } = kept.isCut ? await reader.line(line, leftBytes, signal) : kept;
      leftBytes -= bytes.length + 1;
      if (isCut || leftBytes < 0) throw new Error("at most 16 MiB can be copied");
      const { text, isUtf8 } = decodeLine(bytes, false);
      isExact &&= isUtf8;
      texts.push(text);
    }
  }
  return { text: texts.join("\n"), isExact };
}

/**
 * Writes to the clipboard. Browsers offer `navigator.clipboard` only to pages from the same machine
 * or by HTTPS; elsewhere the page copies as Ctrl-C does.
 *
 * @param {string} text
 * @throws {Error} if the browser refuses
 */
export async function writeClipboard(text) {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const onCopy = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", onCopy, { capture: true });
  try {
    if (!document.execCommand("copy")) throw new Error("the browser refused");
  } finally {
    document.removeEventListener("copy", onCopy, { capture: true });
  }
}

/**
 * The text of the file that is selected: whole lines are exact, with the sequences of colours;
 * parts of lines have the characters that symbols replace.
 *
 * @param {Selection} selection
 * @param {readonly LineRow[]} rows from the top
 * @returns {{ text: string, isExact: boolean } | null} not exact if a line is missing, because it
 *   is not loaded or only its beginning is shown; `null` if nothing of the rows is selected
 */
export function selectedText(selection, rows) {
  if (selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const selected = rows.filter(({ text }) => range.intersectsNode(text));
  if (selected.length === 0) return null;
  let isExact = true;
  const texts = selected.map((row) => {
    const isWholeLine = isWhole(range, row.text);
    if (isWholeLine && row.exact !== null) return row.exact;
    isExact &&= row.hasLine && !isWholeLine;
    return row.hasLine ? partOf(range, row.text) : "";
  });
  return { text: texts.join("\n"), isExact };
}

/** @param {Range} range @param {Node} node @returns {boolean} whether all its text is selected */
function isWhole(range, node) {
  return clip(range, node).toString() === contentsOf(node).toString();
}

/** @param {Node} node @returns {Range} */
function contentsOf(node) {
  const contents = document.createRange();
  contents.selectNodeContents(node);
  return contents;
}

/** @param {Range} range @param {Node} node @returns {Range} the part of the range in the node */
function clip(range, node) {
  const part = contentsOf(node);
  const isStartBefore = range.comparePoint(part.startContainer, part.startOffset) < 0;
  const isEndAfter = range.comparePoint(part.endContainer, part.endOffset) > 0;
  if (isStartBefore) part.setStart(range.startContainer, range.startOffset);
  if (isEndAfter) part.setEnd(range.endContainer, range.endOffset);
  return part;
}

/** @param {Range} range @param {Node} element @returns {string} */
function partOf(range, element) {
  const part = clip(range, element);
  let text = "";
  for (const child of element.childNodes) {
    // The button after the beginning of a long line is no text of the line.
    if (child instanceof HTMLButtonElement || !part.intersectsNode(child)) continue;
    const inner = clip(part, child).toString();
    const raw = rawOf(child);
    text += raw !== undefined && inner !== "" ? raw : inner;
  }
  return text;
}
