// The marked lines: they are a part of the address, so a link leads to them.

import { readMarked, writeClipboard } from "./copy_lines.js";
import { elementById } from "./elements.js";
import { formatHash, marksBetween, parseHash } from "./line_marks.js";
import { formatCount, formatCountOf } from "./line_numbers.js";
import { messageOf } from "./server_api.js";

/** @import { LineReader } from "./copy_lines.js" */
/** @import { Marks } from "./line_marks.js" */

/** Browsers refuse to change the address many times a second. */
const ADDRESS_PAUSE_MS = 150;

/**
 * @typedef {object} MarkedLinesOptions
 * @property {number} lines of the file
 * @property {LineReader} reader
 * @property {(marks: Marks | null) => void} onChange
 * @property {(message: string) => void} say
 */

/** Marks lines, and copies them. */
export class MarkedLines {
  #options;
  /** @type {Marks | null} */
  #marks = null;
  /** The line that a range began with. @type {number | null} */
  #anchor = null;
  #bar = elementById("marks", HTMLElement);
  #text = elementById("marks-text", HTMLElement);
  #addressTimer = 0;
  #copying = new AbortController();

  /** @param {MarkedLinesOptions} options */
  constructor(options) {
    this.#options = options;
    elementById("copy-lines", HTMLButtonElement).addEventListener("click", () => this.copy());
    elementById("copy-link", HTMLButtonElement).addEventListener("click", () => this.copyLink());
    elementById("clear-marks", HTMLButtonElement).addEventListener("click", () => this.clear());
  }

  get marks() {
    return this.#marks;
  }

  /** Marks only this line; a second time removes the mark. @param {number} line */
  toggle(line) {
    const isOnly = this.#marks?.first === line && this.#marks.last === line;
    this.#anchor = isOnly ? null : line;
    this.#set(isOnly ? null : marksBetween(line, line));
  }

  /** Marks all lines from the one that was marked first. @param {number} line @param {number} [from] */
  extendTo(line, from = line) {
    this.#anchor ??= this.#marks?.first ?? from;
    this.#set(marksBetween(this.#anchor, line));
  }

  clear() {
    this.#anchor = null;
    this.#set(null);
  }

  /** Marks the lines that the address names. @returns {Marks | null} */
  readAddress() {
    const { lines, say } = this.#options;
    const marks = parseHash(location.hash, lines);
    if (marks === null && location.hash.startsWith("#L")) {
      say(`No such line: ${location.hash.slice(1)}. The file has ${formatCountOf(lines, "line")}.`);
    }
    this.#anchor = marks?.first ?? null;
    this.#show(marks);
    return marks;
  }

  /** Copies the marked lines. */
  copy() {
    if (this.#marks === null) this.#options.say("Mark lines first: click on a line number.");
    else void this.copyLines(this.#marks);
  }

  /** @param {Marks} marks */
  async copyLines(marks) {
    const { reader, say } = this.#options;
    this.#copying.abort();
    this.#copying = new AbortController();
    const { signal } = this.#copying;
    const count = formatCountOf(marks.last - marks.first + 1, "line");
    try {
      say(`Reading ${count} …`);
      const { text, isExact } = await readMarked(marks, reader, signal);
      if (signal.aborted) return;
      await writeClipboard(text);
      say(`Copied ${count}.${isExact ? "" : " Bytes that are no UTF-8 were replaced by U+FFFD."}`);
    } catch (error) {
      if (!signal.aborted) say(`Cannot copy ${count} (${messageOf(error)}).`);
    }
  }

  /** Copies the address of the marked lines. */
  async copyLink() {
    const { say } = this.#options;
    const link = new URL(location.href);
    link.hash = formatHash(this.#marks);
    try {
      await writeClipboard(link.href);
      say("Copied the link.");
    } catch (error) {
      say(`Cannot copy the link (${messageOf(error)}). Copy it from the address bar.`);
    }
  }

  /** @param {Marks | null} marks */
  #set(marks) {
    this.#show(marks);
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => {
      history.replaceState(null, "", formatHash(marks) || location.pathname + location.search);
    }, ADDRESS_PAUSE_MS);
  }

  /** @param {Marks | null} marks */
  #show(marks) {
    this.#marks = marks;
    this.#bar.hidden = marks === null;
    if (marks !== null) {
      const count = marks.last - marks.first + 1;
      this.#text.textContent = count === 1
        ? `Line ${formatCount(marks.first)}`
        : `Lines ${formatCount(marks.first)}–${formatCount(marks.last)} (${formatCount(count)})`;
    }
    this.#options.onChange(marks);
  }
}
