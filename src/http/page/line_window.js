// Shows the lines around a position. Only rows that fit into the window are in the document.

import { create } from "./elements.js";
import { isMarked } from "./line_marks.js";
import { LineRow } from "./line_row.js";
import { endPosition, normalize, START } from "./scroll_map.js";

/** @import { Marks } from "./line_marks.js" */
/** @import { RowContent } from "./line_row.js" */
/** @import { Position } from "./scroll_map.js" */

/** The most rows in the document. */
const MAX_ROWS = 400;

/**
 * What the window shows.
 *
 * @typedef {object} WindowView
 * @property {number} topLine the line at the upper edge
 * @property {number} topFraction how much of this line is above the edge, from 0 up to 1
 * @property {number} bottomLine the last line that is at least partly visible
 * @property {number} fullRows the rows that fit into the window if no line is wrapped
 * @property {boolean} isAtEnd whether the end of the file is visible
 */

/**
 * @typedef {object} WindowOptions
 * @property {HTMLElement} viewport
 * @property {HTMLElement} rows inside the viewport
 * @property {number} lines
 * @property {(line: number) => RowContent["kind"]} kindOf
 * @property {(line: number) => RowContent} contentOf
 * @property {(view: WindowView) => void} onRender called after the rows were drawn
 */

/** The window onto the lines. */
export class LineWindow {
  #options;
  /** @type {Position} */
  #position = START;
  /** @type {Map<number, LineRow>} */
  #rows = new Map();
  #rowPx = 20;
  #windowPx = 0;
  /** The widest row so far: the horizontal scroll bar keeps its range. */
  #widthPx = 0;
  #isWrapped = false;
  #isScheduled = false;
  /** @type {WindowView} */
  #view = { topLine: 1, topFraction: 0, bottomLine: 1, fullRows: 1, isAtEnd: false };

  /** @type {Marks | null} */
  marks = null;
  /** The line that the keys act on. */
  current = 1;

  /** @param {WindowOptions} options */
  constructor(options) {
    this.#options = options;
    new ResizeObserver(() => this.resize()).observe(options.viewport);
    // Selecting text with the mouse near an edge makes the browser scroll the element itself.
    options.viewport.addEventListener("scroll", () => {
      const { scrollTop } = options.viewport;
      if (scrollTop === 0) return;
      options.viewport.scrollTop = 0;
      this.scrollBy(scrollTop);
    });
  }

  /** What was drawn last. */
  get view() {
    return this.#view;
  }

  /** The height of a line that is not wrapped. */
  get rowPx() {
    return this.#rowPx;
  }

  get windowPx() {
    return this.#windowPx;
  }

  get isWrapped() {
    return this.#isWrapped;
  }

  set isWrapped(isWrapped) {
    this.#isWrapped = isWrapped;
    this.#position = this.#normalized();
    this.#options.rows.classList.toggle("wrapped", isWrapped);
    this.#widthPx = 0;
    this.#options.viewport.scrollLeft = 0;
    this.schedule();
  }

  /** Measures the window and the height of a row again. */
  resize() {
    const { viewport, rows, lines } = this.#options;
    const probe = create("div", "row", "0");
    rows.append(probe);
    this.#rowPx = probe.getBoundingClientRect().height || this.#rowPx;
    probe.remove();
    this.#windowPx = viewport.clientHeight;
    this.#widthPx = 0;
    if (this.#view.isAtEnd) this.#position = endPosition(lines, this.#windowPx);
    this.schedule();
  }

  /** Draws in the next frame. */
  schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.render();
    });
  }

  /** @param {number} px positive moves towards the end of the file */
  scrollBy(px) {
    const { line, offsetPx } = this.#normalized();
    if (px > 0 && this.#view.isAtEnd && this.#view.topLine === line) return;
    this.#position = this.#normalized({ line, offsetPx: offsetPx + px });
    this.schedule();
  }

  /** @param {number} line at the upper edge */
  showAtTop(line) {
    this.#position = { line, offsetPx: 0 };
    this.schedule();
  }

  /** Shows a line a third of the window below the upper edge. @param {number} line */
  showLine(line) {
    const rows = Math.floor(this.#windowPx / this.#rowPx / 3);
    this.#position = { line, offsetPx: -rows * this.#rowPx };
    this.schedule();
  }

  showEnd() {
    this.#position = endPosition(this.#options.lines, this.#windowPx);
    this.schedule();
  }

  /** Scrolls as little as possible. @param {number} line */
  reveal(line) {
    const { line: top, offsetPx } = this.#normalized();
    if (line < top || (line === top && offsetPx > 0)) return this.showAtTop(line);
    const bottom = this.#rows.get(line)?.element.getBoundingClientRect().bottom ?? Infinity;
    const edge = this.#options.viewport.getBoundingClientRect().top + this.#windowPx;
    if (bottom > edge) this.#position = { line: line + 1, offsetPx: -this.#windowPx };
    this.schedule();
  }

  /** The rows in the document, from the top. @returns {LineRow[]} */
  get rows() {
    return [...this.#rows.values()].sort((a, b) => a.line - b.line);
  }

  /** Draws at once. */
  render() {
    const { rows: container, lines, onRender } = this.#options;
    if (lines === 0 || this.#windowPx === 0) return;
    const top = this.#draw();
    const gapPx = this.#windowPx + top.offsetPx - container.offsetHeight;
    const hasEnd = top.line + this.#rows.size > lines;
    if (hasEnd && gapPx >= 0 && (top.line > 1 || top.offsetPx > 0)) {
      // The position is beyond the end.
      this.#position = endPosition(lines, this.#windowPx);
      const last = this.#draw();
      this.#update(last, true);
    } else {
      this.#update(top, hasEnd && gapPx >= 0);
    }
    onRender(this.#view);
  }

  /** @returns {Position} what is at the upper edge */
  #draw() {
    const { rows: container, lines } = this.#options;
    const top = this.#normalized();
    const wanted = Math.ceil((this.#windowPx + top.offsetPx) / this.#rowPx);
    const count = Math.min(Math.max(1, wanted), lines - top.line + 1, MAX_ROWS);
    for (const [line, row] of this.#rows) {
      if (line >= top.line && line < top.line + count) continue;
      row.element.remove();
      this.#rows.delete(line);
    }
    for (let i = 0; i < count; i++) {
      const { element } = this.#row(top.line + i);
      const there = container.children[i];
      if (there !== element) container.insertBefore(element, there ?? null);
    }
    container.style.transform = `translateY(${-Math.round(top.offsetPx)}px)`;
    return top;
  }

  /** @param {Position} top @param {boolean} isAtEnd */
  #update(top, isAtEnd) {
    const { rows: container, viewport } = this.#options;
    this.#widthPx = Math.max(this.#widthPx, this.#isWrapped ? 0 : container.scrollWidth);
    container.style.minWidth = this.#widthPx > viewport.clientWidth ? `${this.#widthPx}px` : "";
    const heightPx = this.#heightOf(top.line);
    this.#view = {
      topLine: top.line,
      topFraction: Math.min(top.offsetPx / heightPx, 0.999),
      bottomLine: this.#bottomLine(top),
      fullRows: Math.max(1, Math.floor(this.#windowPx / this.#rowPx)),
      isAtEnd,
    };
  }

  /** @param {Position} top @returns {number} */
  #bottomLine({ line, offsetPx }) {
    let bottomPx = -offsetPx;
    for (let i = 0;; i++) {
      const row = this.#rows.get(line + i);
      if (row === undefined) return line + i - 1;
      bottomPx += this.#isWrapped ? row.element.offsetHeight : this.#rowPx;
      if (bottomPx >= this.#windowPx) return line + i;
    }
  }

  #normalized(position = this.#position) {
    const heightOf = (/** @type {number} */ line) => this.#heightOf(line);
    return normalize(position, this.#options.lines, heightOf);
  }

  /** @param {number} line @returns {number} in pixels */
  #heightOf(line) {
    if (!this.#isWrapped) return this.#rowPx;
    const { element } = this.#row(line);
    if (!element.isConnected) this.#options.rows.prepend(element);
    return element.getBoundingClientRect().height || this.#rowPx;
  }

  /** @param {number} line @returns {LineRow} with its content */
  #row(line) {
    const { kindOf, contentOf } = this.#options;
    let row = this.#rows.get(line);
    if (row === undefined) {
      row = new LineRow(line);
      this.#rows.set(line, row);
    }
    // The kind is compared first, so that rows that stay cost nothing.
    row.show(kindOf(line), () => contentOf(line));
    row.highlight(isMarked(this.marks, line), line === this.current);
    return row;
  }
}
