// Turns a line into parts that can be shown side by side without doing harm: colours become
// styles, and characters that are invisible or that move other text become symbols.

import { applySgr, PLAIN } from "./sgr.js";

/** @import { TextStyle } from "./sgr.js" */

/**
 * - `text`: shown as it is, in a style.
 * - `symbol`: `shown` replaces the characters `raw`.
 *
 * @typedef {{ readonly kind: "text", readonly text: string, readonly style: TextStyle }
 *   | { readonly kind: "symbol", readonly shown: string, readonly raw: string }} Part
 */

/** A line with more parts than this is shown without colours from there on. */
const MAX_PARTS = 400;

const ESCAPE = "\\x1b\\[([0-9;:]{0,64})m";

/**
 * Controls but for TAB; soft hyphens and invisible spaces; marks, embeddings, overrides and isolates
 * of bidirectional text; separators of lines; tags; U+FFFD, which replaces bytes that are no UTF-8.
 * The joiners U+200C and U+200D are not among them: words and emoji need them.
 */
const HIDDEN =
  "[\\0-\\x08\\x0a-\\x1f\\x7f-\\x9f\\xad\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e" +
  "\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffd\\u{e0000}-\\u{e0fff}]";

/**
 * @param {string} text
 * @param {TextStyle} [style] at the start
 * @returns {Part[]} the parts, in order; SGR sequences are in none
 */
export function visibleParts(text, style = PLAIN) {
  /** @type {Part[]} */
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(new RegExp(`${ESCAPE}|(?:${HIDDEN})`, "gu"))) {
    const [raw, sgr] = match;
    if (match.index < at) continue;
    pushText(parts, text.slice(at, match.index), style);
    at = match.index + raw.length;
    if (sgr !== undefined) style = applySgr(style, sgr);
    else pushSymbol(parts, raw);
    if (parts.length >= MAX_PARTS) break;
  }
  pushText(parts, parts.length < MAX_PARTS ? text.slice(at) : withoutHidden(text.slice(at)), style);
  return parts;
}

/** @param {Part[]} parts @param {string} text @param {TextStyle} style */
function pushText(parts, text, style) {
  if (text !== "") parts.push({ kind: "text", text, style });
}

/** Neighbours share a part: a line of a million NULs is one. @param {Part[]} parts @param {string} raw */
function pushSymbol(parts, raw) {
  const last = parts.at(-1);
  const shown = symbolOf(raw);
  if (last?.kind !== "symbol") parts.push({ kind: "symbol", shown, raw });
  else parts[parts.length - 1] = { kind: "symbol", shown: last.shown + shown, raw: last.raw + raw };
}

/** @param {string} text @returns {string} with symbols in it */
export function withoutHidden(text) {
  return text.replaceAll(new RegExp(HIDDEN, "gu"), symbolOf);
}

/** @param {string} character @returns {string} such as `␀` or `U+202E` */
function symbolOf(character) {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  if (code === 0xfffd) return character;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
