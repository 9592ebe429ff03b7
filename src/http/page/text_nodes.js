import { create } from "./elements.js";
import { visibleParts } from "./visible_text.js";

/** @import { Colour, TextStyle } from "./sgr.js" */

/** The characters that symbols replace. @type {WeakMap<Node, string>} */
const RAW = new WeakMap();

/**
 * @param {string} text
 * @returns {DocumentFragment} the text in its colours, with symbols for hidden characters
 */
export function createText(text) {
  const fragment = document.createDocumentFragment();
  for (const part of visibleParts(text)) {
    if (part.kind === "symbol") {
      const symbol = create("span", "symbol", part.shown);
      RAW.set(symbol, part.raw);
      fragment.append(symbol);
    } else {
      fragment.append(hasStyle(part.style) ? createStyled(part.text, part.style) : part.text);
    }
  }
  return fragment;
}

/** @param {Node} node @returns {string | undefined} the characters that a symbol replaces */
export function rawOf(node) {
  return RAW.get(node);
}

/** @param {TextStyle} style @returns {boolean} */
function hasStyle(style) {
  return Object.keys(style).length > 0;
}

/** @param {string} text @param {TextStyle} style @returns {HTMLSpanElement} */
function createStyled(text, style) {
  const span = create("span", "", text);
  for (const name of /** @type {const} */ (["bold", "dim", "italic", "underline", "strike"])) {
    if (style[name]) span.classList.add(name);
  }
  const { foreground, background } = style;
  if (style.inverse) {
    if (foreground === undefined && background === undefined) span.classList.add("inverse");
    setColour(span, "fg", background);
    setColour(span, "bg", foreground);
  } else {
    setColour(span, "fg", foreground);
    setColour(span, "bg", background);
  }
  return span;
}

/** @param {HTMLElement} span @param {"fg" | "bg"} layer @param {Colour | undefined} colour */
function setColour(span, layer, colour) {
  if (colour === undefined) return;
  if (typeof colour === "number") {
    span.classList.add(`${layer}-${colour}`);
  } else {
    span.classList.add(`${layer}-rgb`);
    span.style.setProperty(`--${layer}`, `rgb(${colour.join(" ")})`);
  }
}
