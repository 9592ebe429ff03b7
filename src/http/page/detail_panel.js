// Shows one line: JSON as a tree, bytes in hexadecimal, or the text.

import { createChunks } from "./chunked_text.js";
import { decodeLine, isBinary } from "./decode_line.js";
import { elementById } from "./elements.js";
import { hexDump } from "./hex_dump.js";
import { parseJson } from "./json_nodes.js";
import { createJsonView } from "./json_view.js";
import { formatBytes, formatCount, formatCountOf } from "./line_numbers.js";
import { messageOf } from "./server_api.js";
import { createText } from "./text_nodes.js";
import { withoutHidden } from "./visible_text.js";

/** @import { DecodedLine } from "./decode_line.js" */
/** @import { JsonNode } from "./json_nodes.js" */
/** @import { LinePlace } from "./server_api.js" */

/** What the panel loads of a line at first. */
const FIRST_BYTES = 64 * 1024;
/** What "show all" loads. Longer lines can be saved as files. */
const ALL_BYTES = 16 * 1024 * 1024;
/** The tree of a larger text would take too much memory. */
const JSON_BYTES = 1024 * 1024;
/** Larger chunks would take too long to lay out. */
const CHUNK_BYTES = 16 * 1024;

/** @typedef {"json" | "text" | "hex"} View */

/**
 * @typedef {object} LoadedLine
 * @property {Uint8Array} bytes
 * @property {boolean} isCut
 * @property {LinePlace | null} place `null` if there is one file
 */

/**
 * @typedef {object} DetailPanelOptions
 * @property {(line: number, maxBytes: number, signal: AbortSignal) => Promise<LoadedLine>} load
 * @property {(line: number) => string} urlOf the address of the bytes of a line
 * @property {(line: number) => void} onCopy
 * @property {() => void} onClose
 */

/** The panel with the details of a line. */
export class DetailPanel {
  #options;
  #panel = elementById("panel", HTMLElement);
  #title = elementById("panel-title", HTMLElement);
  #facts = elementById("panel-facts", HTMLElement);
  #note = elementById("panel-note", HTMLElement);
  #noteText = elementById("panel-note-text", HTMLElement);
  #showAll = elementById("show-all", HTMLButtonElement);
  #save = elementById("save-line", HTMLAnchorElement);
  #body = elementById("panel-body", HTMLElement);
  /** @type {Readonly<Record<View, HTMLButtonElement>>} */
  #tabs = {
    json: elementById("view-json", HTMLButtonElement),
    text: elementById("view-text", HTMLButtonElement),
    hex: elementById("view-hex", HTMLButtonElement),
  };
  #line = 0;
  #request = new AbortController();
  /** @type {{ bytes: Uint8Array, decoded: DecodedLine, json: JsonNode | null } | null} */
  #loaded = null;

  /** @param {DetailPanelOptions} options */
  constructor(options) {
    this.#options = options;
    for (const view of /** @type {const} */ (["json", "text", "hex"])) {
      this.#tabs[view].addEventListener("click", () => this.#show(view));
    }
    this.#showAll.addEventListener("click", () => void this.#load(ALL_BYTES));
    elementById("panel-copy", HTMLButtonElement)
      .addEventListener("click", () => options.onCopy(this.#line));
    elementById("panel-close", HTMLButtonElement).addEventListener("click", () => this.close());
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** @param {number} line */
  open(line) {
    this.#line = line;
    this.#panel.hidden = false;
    this.#title.textContent = `Line ${formatCount(line)}`;
    this.#panel.focus();
    void this.#load(FIRST_BYTES);
  }

  close() {
    this.#request.abort();
    this.#panel.hidden = true;
    this.#body.replaceChildren();
    this.#loaded = null;
    this.#options.onClose();
  }

  /** @param {number} maxBytes */
  async #load(maxBytes) {
    this.#request.abort();
    const request = new AbortController();
    this.#request = request;
    this.#loaded = null;
    this.#facts.textContent = "loading";
    this.#body.replaceChildren();
    this.#tell("", "none");
    try {
      const line = await this.#options.load(this.#line, maxBytes, request.signal);
      if (!request.signal.aborted) this.#take(line);
    } catch (error) {
      if (request.signal.aborted) return;
      this.#facts.textContent = "";
      this.#tell(`Cannot load the line (${messageOf(error)}).`, "retry");
    }
  }

  /** @param {LoadedLine} line */
  #take({ bytes, isCut, place }) {
    const decoded = decodeLine(bytes, isCut);
    const isSmall = !isCut && bytes.length <= JSON_BYTES;
    const json = isSmall && decoded.isUtf8 ? parseJson(decoded.text) : null;
    this.#loaded = { bytes, decoded, json };
    const size = isCut
      ? `more than ${formatBytes(bytes.length)}`
      : formatCountOf(bytes.length, "byte");
    this.#facts.textContent = place === null
      ? size
      : `${size}; line ${formatCount(place.lineInFile)} of ${withoutHidden(place.file)}`;
    this.#tellCut(isCut, bytes.length);
    this.#tabs.json.disabled = json === null;
    this.#show(json !== null ? "json" : isBinary(decoded) ? "hex" : "text");
  }

  /** @param {boolean} isCut @param {number} length */
  #tellCut(isCut, length) {
    if (!isCut) return this.#tell("", "none");
    if (length < ALL_BYTES) {
      return this.#tell(`Only the first ${formatCountOf(length, "byte")} are shown.`, "all");
    }
    this.#tell("The page shows at most 16 MiB of a line.", "save");
  }

  /** @param {string} text @param {"none" | "all" | "retry" | "save"} remedy */
  #tell(text, remedy) {
    this.#noteText.textContent = text;
    this.#note.hidden = text === "";
    this.#showAll.hidden = remedy !== "all" && remedy !== "retry";
    this.#showAll.textContent = remedy === "retry" ? "Try again" : "Show all";
    this.#save.hidden = remedy !== "save";
    this.#save.href = this.#options.urlOf(this.#line);
  }

  /** @param {View} view */
  #show(view) {
    if (this.#loaded === null) return;
    for (const [name, tab] of Object.entries(this.#tabs)) tab.ariaPressed = String(name === view);
    this.#body.replaceChildren(this.#createView(view, this.#loaded));
    this.#body.scrollTop = 0;
  }

  /**
   * @param {View} view
   * @param {{ bytes: Uint8Array, decoded: DecodedLine, json: JsonNode | null }} loaded
   * @returns {HTMLElement}
   */
  #createView(view, { bytes, decoded: { text }, json }) {
    switch (view) {
      case "json":
        return json === null ? createChunks(1, () => "") : createJsonView(json);
      case "hex":
        return createChunks(chunksOf(bytes.length), (index) => {
          const start = index * CHUNK_BYTES;
          return hexDump(bytes.subarray(start, start + CHUNK_BYTES), start);
        });
      case "text":
        return createChunks(chunksOf(text.length), (index) => {
          const start = index * CHUNK_BYTES;
          return createText(text.slice(start, start + CHUNK_BYTES));
        });
      default:
        return /** @type {never} */ (view);
    }
  }
}

/** @param {number} length @returns {number} at least 1 */
function chunksOf(length) {
  return Math.max(1, Math.ceil(length / CHUNK_BYTES));
}
