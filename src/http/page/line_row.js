import { decodeLine } from "./decode_line.js";
import { create } from "./elements.js";
import { createText } from "./text_nodes.js";

/** @import { PageLine } from "./page_lines.js" */

/**
 * What a row shows: a line, or why there is none.
 *
 * @typedef {{ readonly kind: "line", readonly line: PageLine }
 *   | { readonly kind: "loading" | "failed" }} RowContent
 */

/** The largest number of rows that browsers pass on to screen readers. */
export const MAX_ROW_COUNT = 2 ** 31 - 1;

/** A row of the window: the number of a line, and its text. */
export class LineRow {
  /** @type {RowContent["kind"] | null} */
  #kind = null;
  #text;
  /** @type {string | null} */
  #exact = null;

  /** @param {number} line */
  constructor(line) {
    /** @readonly */
    this.line = line;
    const link = create("a", "", String(line));
    link.href = `#L${line}`;
    link.tabIndex = -1;
    const number = create("span", "number", link);
    number.role = "rowheader";
    this.#text = create("span", "text");
    this.#text.role = "gridcell";
    /** @readonly */
    this.element = create("div", "row", number, this.#text);
    this.element.role = "row";
    this.element.id = `row-${line}`;
    if (line <= MAX_ROW_COUNT) this.element.ariaRowIndex = String(line);
    this.element.dataset["line"] = String(line);
  }

  /** The element of the text. */
  get text() {
    return this.#text;
  }

  /** The characters of the line; `null` if the row does not have the whole line. */
  get exact() {
    return this.#exact;
  }

  /** Whether the row shows a line, or its beginning. */
  get hasLine() {
    return this.#kind === "line";
  }

  /** @param {() => RowContent} contentOf @param {RowContent["kind"]} kind */
  show(kind, contentOf) {
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.element.classList.toggle("loading", kind === "loading");
    this.element.classList.toggle("failed", kind === "failed");
    const content = contentOf();
    switch (content.kind) {
      case "line":
        return this.#showLine(content.line);
      case "loading":
        this.#text.replaceChildren(create("span", "placeholder", "loading"));
        return;
      case "failed":
        this.#text.replaceChildren(create("span", "placeholder", "not loaded"));
        return;
      default:
        /** @type {never} */ (content);
    }
  }

  /** @param {boolean} isMarked @param {boolean} isCurrent */
  highlight(isMarked, isCurrent) {
    this.element.classList.toggle("marked", isMarked);
    this.element.classList.toggle("current", isCurrent);
    this.element.ariaSelected = String(isMarked);
  }

  /** @param {PageLine} line */
  #showLine({ bytes, isCut }) {
    const { text } = decodeLine(bytes, isCut);
    this.#exact = isCut ? null : text;
    this.#text.replaceChildren(createText(text));
    if (!isCut) return;
    const more = create("button", "more", "… show all");
    more.type = "button";
    more.tabIndex = -1;
    this.#text.append(more);
  }
}
