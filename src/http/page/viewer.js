// Connects the parts of the page.

import { Banner } from "./banner.js";
import { createCommands, listenToKeys } from "./commands.js";
import { Connection } from "./connection.js";
import { listenToControls } from "./controls.js";
import { DetailPanel } from "./detail_panel.js";
import { elementById } from "./elements.js";
import { formatBytes, formatCount, formatCountOf } from "./line_numbers.js";
import { MAX_ROW_COUNT } from "./line_row.js";
import { LineWindow } from "./line_window.js";
import { MarkedLines } from "./marked_lines.js";
import { PageCache } from "./page_cache.js";
import { LINES_PER_PAGE, pageOf, pagesToLoad } from "./page_lines.js";
import { PageLoader } from "./page_loader.js";
import { listenToRows } from "./row_events.js";
import { ScrollBar } from "./scroll_bar.js";
import { listenToScrolling } from "./scroll_input.js";
import { withoutHidden } from "./visible_text.js";

/** @import { RowContent } from "./line_row.js" */
/** @import { WindowView } from "./line_window.js" */
/** @import { PageLine, PageLines } from "./page_lines.js" */
/** @import { FileInfo, ServerApi } from "./server_api.js" */

/** The browser has a cache of its own below this one. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** Pages that are loaded beyond the visible ones, in the direction of the last movement. */
const PAGES_AHEAD = 2;

/** While the thumb is dragged, pages are requested at most once in this time. */
const DRAG_PAUSE_MS = 80;

/** A message in the status bar disappears after this time. */
const MESSAGE_MS = 8000;

/** The page, once the server has told what file it serves. */
export class Viewer {
  #info;
  #api;
  #cache = new PageCache(CACHE_BYTES);
  #viewport = elementById("viewport", HTMLElement);
  #place = elementById("place", HTMLElement);
  #percent = elementById("percent", HTMLElement);
  #message = elementById("message", HTMLElement);
  #connection;
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
    this.#connection = this.#createConnection();
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
      onDrag: (line) => this.#window.showAtTop(line),
      onDragToEnd: () => this.#window.showEnd(),
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

  #createConnection() {
    const banner = new Banner(() => this.#loader.retry());
    return new Connection({
      fingerprint: this.#info.fingerprint,
      fetchInfo: () => this.#api.info(),
      onChange: (state) => banner.show(state),
      retry: () => {
        this.#loader.retry();
        this.#window.schedule();
      },
      clock: { now: () => Date.now(), after: (delayMs, run) => void setTimeout(run, delayMs) },
    });
  }

  #createLoader() {
    return new PageLoader({
      cache: this.#cache,
      fetchPage: (page, signal) => this.#api.page(this.#info, page, signal),
      onChange: () => this.#window.schedule(),
      onError: (error) => this.#connection.failed(error),
      onSuccess: () => this.#connection.succeeded(),
    });
  }

  #listen() {
    const { lines } = this.#info;
    const window = this.#window;
    const parts = { lines, window, marked: this.#marked, panel: this.#panel };
    const say = (/** @type {string} */ message) => this.#say(message);
    const commands = createCommands(parts);
    listenToKeys(commands);
    listenToControls({ lines, window, commands, viewport: this.#viewport, say });
    listenToRows({ ...parts, viewport: this.#viewport, say });
    listenToScrolling({
      viewport: this.#viewport,
      sizes: () => window,
      scrollBy: (px) => window.scrollBy(px),
    });
    addEventListener("hashchange", () => this.#followAddress());
  }

  #followAddress() {
    const marks = this.#marked.readAddress();
    if (marks === null) return;
    this.#window.current = marks.first;
    this.#window.showLine(marks.first);
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
    const isPast = this.#connection.state.kind === "failed" && !this.#loader.hasFailures;
    if (isPast) this.#connection.succeeded();
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
    const { bytes, isCut } = kept.isCut
      ? await this.#api.line(this.#info, line, maxBytes, signal)
      : kept;
    const place = this.#info.fileCount > 1 ? await this.#api.where(line, signal) : null;
    return { bytes, isCut, place };
  }

  /** @param {string} message */
  #say(message) {
    this.#message.textContent = message;
    clearTimeout(this.#messageTimer);
    this.#messageTimer = setTimeout(() => this.#message.textContent = "", MESSAGE_MS);
  }
}
