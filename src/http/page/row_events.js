// The mouse, and copying, on the rows.

import { selectedText } from "./copy_lines.js";

/** @import { DetailPanel } from "./detail_panel.js" */
/** @import { LineWindow } from "./line_window.js" */
/** @import { MarkedLines } from "./marked_lines.js" */

/**
 * @typedef {object} RowTargets
 * @property {HTMLElement} viewport
 * @property {LineWindow} window
 * @property {MarkedLines} marked
 * @property {DetailPanel} panel
 * @property {(message: string) => void} say
 */

/** @param {RowTargets} targets */
export function listenToRows(targets) {
  const { viewport, panel } = targets;
  viewport.addEventListener("click", (event) => clicked(event, targets));
  viewport.addEventListener("dblclick", ({ target }) => {
    const line = lineOf(target);
    if (line !== null && !isWithin(target, ".number")) panel.open(line);
  });
  document.addEventListener("copy", (event) => copied(event, targets));
}

/** @param {MouseEvent} event @param {RowTargets} targets */
function clicked(event, { window, marked, panel }) {
  const { target, shiftKey, ctrlKey, metaKey } = event;
  const line = lineOf(target);
  if (line === null) return;
  if (isWithin(target, ".more")) return panel.open(line);
  // A click with Ctrl opens the link to the line in another tab.
  if (isWithin(target, ".number") && !ctrlKey && !metaKey) {
    event.preventDefault();
    if (shiftKey) marked.extendTo(line);
    else marked.toggle(line);
  }
  window.current = line;
  window.schedule();
}

/** @param {ClipboardEvent} event @param {RowTargets} targets */
function copied(event, { window, marked, say }) {
  if (event.target instanceof HTMLInputElement) return;
  const selection = getSelection();
  if (selection === null || selection.isCollapsed) {
    if (marked.marks !== null) marked.copy();
    return;
  }
  const selected = selectedText(selection, window.rows);
  if (selected === null) return;
  event.clipboardData?.setData("text/plain", selected.text);
  event.preventDefault();
  if (!selected.isExact) {
    say("Only a part was copied: not all lines are shown completely. Mark them to copy all.");
  }
}

/** @param {EventTarget | null} target @param {string} selector @returns {boolean} */
function isWithin(target, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}

/** @param {EventTarget | null} target @returns {number | null} the line of the row around an element */
function lineOf(target) {
  const row = target instanceof Element ? target.closest(".row") : null;
  const line = row instanceof HTMLElement ? Number(row.dataset["line"]) : NaN;
  return Number.isSafeInteger(line) ? line : null;
}
