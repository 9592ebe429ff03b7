// The files of the page, compiled into the program.

import icon from "./icon.svg" with { type: "text" };
import markup from "./page.html" with { type: "text" };
import pageStyle from "./page.css" with { type: "text" };
import ansiStyle from "./ansi.css" with { type: "text" };
import linesStyle from "./lines.css" with { type: "text" };
import narrowStyle from "./narrow.css" with { type: "text" };
import panelStyle from "./panel.css" with { type: "text" };
import banner from "./banner.js" with { type: "text" };
import chunkedText from "./chunked_text.js" with { type: "text" };
import commands from "./commands.js" with { type: "text" };
import connection from "./connection.js" with { type: "text" };
import controls from "./controls.js" with { type: "text" };
import copyLines from "./copy_lines.js" with { type: "text" };
import decodeLine from "./decode_line.js" with { type: "text" };
import detailPanel from "./detail_panel.js" with { type: "text" };
import elements from "./elements.js" with { type: "text" };
import hexDump from "./hex_dump.js" with { type: "text" };
import jsonNodes from "./json_nodes.js" with { type: "text" };
import jsonView from "./json_view.js" with { type: "text" };
import keyCommands from "./key_commands.js" with { type: "text" };
import lineMarks from "./line_marks.js" with { type: "text" };
import lineNumbers from "./line_numbers.js" with { type: "text" };
import lineRow from "./line_row.js" with { type: "text" };
import lineWindow from "./line_window.js" with { type: "text" };
import markedLines from "./marked_lines.js" with { type: "text" };
import page from "./page.js" with { type: "text" };
import pageCache from "./page_cache.js" with { type: "text" };
import pageLines from "./page_lines.js" with { type: "text" };
import pageLoader from "./page_loader.js" with { type: "text" };
import rowEvents from "./row_events.js" with { type: "text" };
import scrollBar from "./scroll_bar.js" with { type: "text" };
import scrollInput from "./scroll_input.js" with { type: "text" };
import scrollMap from "./scroll_map.js" with { type: "text" };
import serverApi from "./server_api.js" with { type: "text" };
import sgr from "./sgr.js" with { type: "text" };
import textNodes from "./text_nodes.js" with { type: "text" };
import theme from "./theme.js" with { type: "text" };
import viewer from "./viewer.js" with { type: "text" };
import visibleText from "./visible_text.js" with { type: "text" };

/** A static file of the page. */
export interface PageFile {
  /** Relative to the address of the page; empty for the page itself. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** The page may load nothing but what its own server has, and runs no script inside its markup. */
export const PAGE_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPTS: Readonly<Record<string, string>> = {
  "banner.js": banner,
  "chunked_text.js": chunkedText,
  "commands.js": commands,
  "connection.js": connection,
  "controls.js": controls,
  "copy_lines.js": copyLines,
  "decode_line.js": decodeLine,
  "detail_panel.js": detailPanel,
  "elements.js": elements,
  "hex_dump.js": hexDump,
  "json_nodes.js": jsonNodes,
  "json_view.js": jsonView,
  "key_commands.js": keyCommands,
  "line_marks.js": lineMarks,
  "line_numbers.js": lineNumbers,
  "line_row.js": lineRow,
  "line_window.js": lineWindow,
  "marked_lines.js": markedLines,
  "page.js": page,
  "page_cache.js": pageCache,
  "page_lines.js": pageLines,
  "page_loader.js": pageLoader,
  "row_events.js": rowEvents,
  "scroll_bar.js": scrollBar,
  "scroll_input.js": scrollInput,
  "scroll_map.js": scrollMap,
  "server_api.js": serverApi,
  "sgr.js": sgr,
  "text_nodes.js": textNodes,
  "theme.js": theme,
  "viewer.js": viewer,
  "visible_text.js": visibleText,
};

const STYLES: Readonly<Record<string, string>> = {
  "ansi.css": ansiStyle,
  "lines.css": linesStyle,
  "narrow.css": narrowStyle,
  "page.css": pageStyle,
  "panel.css": panelStyle,
};

/** All files of the page. */
export const PAGE_FILES: readonly PageFile[] = [
  { path: "", contentType: "text/html; charset=utf-8", body: markup },
  { path: "page/icon.svg", contentType: "image/svg+xml", body: icon },
  ...filesOf(STYLES, "text/css; charset=utf-8"),
  ...filesOf(SCRIPTS, "text/javascript; charset=utf-8"),
];

function filesOf(bodies: Readonly<Record<string, string>>, contentType: string): PageFile[] {
  return Object.entries(bodies).map(([name, body]) => ({
    path: `page/${name}`,
    contentType,
    body,
  }));
}
