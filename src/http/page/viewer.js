// Connects the parts of the page.

import { Banner } from "./banner.js";
import { createCommands, listenToKeys } from "./commands.js";
import { Connection } from "./connection.js";
import { selectedText } from "./copy_lines.js";
import { DetailPanel } from "./detail_panel.js";
import { elementById } from "./elements.js";
import { formatBytes, formatCount, formatCountOf, parseLine } from "./line_numbers.js";
import { LineWindow, pagesToLoad } from "./line_window.js";
import { MarkedLines } from "./marked_lines.js";
import { PageCache } from "./page_cache.js";
import { LINES_PER_PAGE, pageOf } from "./page_lines.js";
import { PageLoader } from "./page_loader.js";
import { ScrollBar } from "./scroll_bar.js";
import { listenToScrolling } from "./scroll_input.js";
import { withoutHidden } from "./visible_text.js";

/** @import { RowContent } from "./line_row.js" */
/** @import { WindowView } from "./line_window.js" */
/** @import { PageLine, PageLines } from "./page_lines.js" */
/** @import { FileInfo, ServerApi } from "./server_api.js" */

const CACHE_BYTES = 32 * 1024 * 1024;

/** Pages that are loaded beyond the visible ones, in the direction of the last movement. */
const PAGES_AHEAD = 2;

/** While the thumb is dragged, pages are requested at most once in this time. */
const DRAG_PAUSE_MS = 80;

/** A message in the status bar disappears after this time. */
const MESSAGE_MS = 8000;

/** The largest number of rows that browsers pass on to screen readers. */
const MAX_ROW_COUNT = 2 ** 31 - 1;

/** The page, once the server has told what file it serves. */
export class Viewer {
  #info;
  #api;
  #cache = new PageCache(CACHE_BYTES);
  #viewport = elementById("viewport", HTMLElement);
  #place = elementById("place", HTMLElement);
  #percent = elementById("percent", HTMLElement);
  #message = elementById("message", HTMLElement);
  #loader;
  #window;
  #scrollBar;
  #marked;
  #panel;
  #lastTop = 1;
  #dragTimer = 0;
  #messageTimer = 0;

  /** @param {FileInfo} info @param {ServerApi} api */
  constructor(info, api) {
    this.#info = info;
    this.#api = api;
    this.#loader = this.#createLoader();
    this.#window = new LineWindow({
      viewport: this.#viewport,
      rows: elementById("rows", HTMLElement),
      lines: info.lines,
      kindOf: (line) => this.#kindOf(line),
      contentOf: (line) => this.#contentOf(line),
      onRender: (view) => this.#rendered(view),
    });
    this.#scrollBar = new ScrollBar({
      track: elementById("scroll-bar", HTMLElement),
      thumb: elementById("thumb", HTMLElement),
      lines: info.lines,
      onDrag: (line, isEnd) => isEnd ? this.#window.showEnd() : this.#window.showAtTop(line),
      onDragEnd: () => this.#window.schedule(),
    });
    this.#marked = new MarkedLines({
      lines: info.lines,
      reader: {
        page: (page, signal) => this.#readPage(page, signal),
        line: (line, maxBytes, signal) => api.line(info, line, maxBytes, signal),
      },
      onChange: (marks) => {
        this.#window.marks = marks;
        this.#window.schedule();
      },
      say: (message) => this.#say(message),
    });
    this.#panel = new DetailPanel({
      load: (line, maxBytes, signal) => this.#loadLine(line, maxBytes, signal),
      urlOf: (line) => api.lineUrl(line),
      onCopy: (line) => void this.#marked.copyLines({ first: line, last: line }),
      onClose: () => this.#viewport.focus(),
    });
  }

  /** Shows the file. */
  start() {
    const { name, lines, bytes } = this.#info;
    const shownName = withoutHidden(name);
    document.title = `${shownName} – linesvr`;
    document.documentElement.style.setProperty("--digits", String(String(lines).length));
    elementById("name", HTMLElement).textContent = shownName;
    const facts = `${formatCountOf(lines, "line")}, ${formatBytes(bytes)}`;
    elementById("facts", HTMLElement).textContent = facts;
    this.#viewport.ariaRowCount = String(lines <= MAX_ROW_COUNT ? lines : -1);
    if (lines === 0) {
      this.#place.textContent = "The file has no lines.";
      return;
    }
    this.#listen();
    this.#window.resize();
    this.#followAddress();
    this.#window.render();
    this.#viewport.focus({ preventScroll: true });
  }

  #createLoader() {
    const info = this.#info;
    const banner = new Banner(() => this.#loader.retry());
    const connection = new Connection({
      fingerprint: info.fingerprint,
      fetchInfo: () => this.#api.info(),
      onChange: (state) => banner.show(state),
      retry: () => {
        this.#loader.retry();
        this.#window.schedule();
      },
      clock: { now: () => Date.now(), after: (delayMs, run) => void setTimeout(run, delayMs) },
    });
    return new PageLoader({
      cache: this.#cache,
      fetchPage: (page, signal) => this.#api.page(info, page, signal),
      onChange: () => this.#window.schedule(),
      onError: (error) => connection.failed(error),
      onSuccess: () => connection.succeeded(),
    });
  }

  #listen() {
    const { lines } = this.#info;
    const window = this.#window;
    const commands = createCommands({ lines, window, marked: this.#marked, panel: this.#panel });
    listenToKeys(commands);
    listenToScrolling({
      viewport: this.#viewport,
      sizes: () => window,
      scrollBy: (px) => window.scrollBy(px),
    });
    this.#viewport.addEventListener("click", (event) => this.#clicked(event));
    this.#viewport.addEventListener("dblclick", ({ target }) => {
      const line = lineOf(target);
      if (line !== null) this.#panel.open(line);
    });
    addEventListener("hashchange", () => this.#followAddress());
    document.addEventListener("copy", (event) => this.#copied(event));
    const wrap = elementById("wrap", HTMLButtonElement);
    wrap.addEventListener("click", () => {
      window.isWrapped = !window.isWrapped;
      wrap.ariaPressed = String(window.isWrapped);
    });
    const keys = elementById("keys", HTMLDialogElement);
    elementById("help", HTMLButtonElement).addEventListener("click", commands.help);
    elementById("keys-close", HTMLButtonElement).addEventListener("click", () => keys.close());
    elementById("go", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    elementById("go-line", HTMLInputElement).addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#viewport.focus();
    });
  }

  #go() {
    const field = elementById("go-line", HTMLInputElement);
    const line = parseLine(field.value, this.#info.lines);
    field.ariaInvalid = String(line === null);
    if (line === null) {
      this.#say(`Not a line number: ${field.value}. Enter a number such as 1,000 or 50%.`);
      return;
    }
    this.#window.current = line;
    this.#window.showLine(line);
    this.#viewport.focus();
  }

  #followAddress() {
    const marks = this.#marked.readAddress();
    if (marks === null) return;
    this.#window.current = marks.first;
    this.#window.showLine(marks.first);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const { target, shiftKey, ctrlKey, metaKey } = event;
    const line = lineOf(target);
    if (line === null || !(target instanceof Element)) return;
    if (target.closest(".more") !== null) return this.#panel.open(line);
    if (target.closest(".number") !== null && !ctrlKey && !metaKey) {
      event.preventDefault();
      if (shiftKey) this.#marked.extendTo(line);
      else this.#marked.toggle(line);
    }
    this.#window.current = line;
    this.#window.schedule();
  }

  /** @param {ClipboardEvent} event */
  #copied(event) {
    if (event.target instanceof HTMLInputElement) return;
    const selection = getSelection();
    const text = selection === null ? null : selectedText(selection, this.#window.rows);
    if (text !== null) {
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
    } else if (selection?.isCollapsed !== false && this.#marked.marks !== null) {
      this.#marked.copy();
    }
  }

  /** @param {WindowView} view */
  #rendered(view) {
    const { lines } = this.#info;
    const { topLine, bottomLine } = view;
    this.#scrollBar.show(view);
    const current = document.getElementById(`row-${this.#window.current}`);
    if (current === null) this.#viewport.removeAttribute("aria-activedescendant");
    else this.#viewport.setAttribute("aria-activedescendant", current.id);
    const percent = lines === 1 ? 100 : (100 * (view.isAtEnd ? lines : topLine)) / lines;
    this.#place.textContent = `Lines ${formatCount(topLine)}–${formatCount(bottomLine)} of ` +
      `${formatCount(lines)}`;
    this.#percent.textContent = `${percent.toFixed(1)}%`;
    if (!this.#scrollBar.isDragged) {
      this.#requestPages();
    } else if (this.#dragTimer === 0) {
      this.#dragTimer = setTimeout(() => this.#requestPages(), DRAG_PAUSE_MS);
    }
  }

  #requestPages() {
    clearTimeout(this.#dragTimer);
    this.#dragTimer = 0;
    const { view } = this.#window;
    const direction = view.topLine < this.#lastTop ? "up" : "down";
    this.#lastTop = view.topLine;
    const ahead = this.#scrollBar.isDragged ? 0 : PAGES_AHEAD;
    this.#loader.want(pagesToLoad(view, this.#info.lines, direction, ahead));
  }

  /** @param {number} line @returns {RowContent["kind"]} */
  #kindOf(line) {
    const page = pageOf(line);
    if (this.#cache.get(page) !== undefined) return "line";
    return this.#loader.failureOf(page) === undefined ? "loading" : "failed";
  }

  /** @param {number} line @returns {RowContent} */
  #contentOf(line) {
    const cached = this.#cachedLine(line);
    if (cached !== undefined) return { kind: "line", line: cached };
    return { kind: this.#loader.failureOf(pageOf(line)) === undefined ? "loading" : "failed" };
  }

  /** @param {number} line @returns {PageLine | undefined} */
  #cachedLine(line) {
    return this.#cache.get(pageOf(line))?.line((line - 1) % LINES_PER_PAGE);
  }

  /** @param {number} page @param {AbortSignal} signal @returns {Promise<PageLines>} */
  async #readPage(page, signal) {
    return this.#cache.get(page) ?? await this.#api.page(this.#info, page, signal);
  }

  /** @param {number} line @param {number} maxBytes @param {AbortSignal} signal */
  async #loadLine(line, maxBytes, signal) {
    const page = await this.#readPage(pageOf(line), signal);
    const kept = page.line((line - 1) % LINES_PER_PAGE);
    return kept.isCut ? await this.#api.line(this.#info, line, maxBytes, signal) : kept;
  }

  /** @param {string} message */
  #say(message) {
    this.#message.textContent = message;
    clearTimeout(this.#messageTimer);
    this.#messageTimer = setTimeout(() => this.#message.textContent = "", MESSAGE_MS);
  }
}

/** @param {EventTarget | null} target @returns {number | null} the line of the row around an element */
function lineOf(target) {
  const row = target instanceof Element ? target.closest(".row") : null;
  const line = row instanceof HTMLElement ? Number(row.dataset["line"]) : NaN;
  return Number.isSafeInteger(line) ? line : null;
}
