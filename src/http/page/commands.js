import { elementById } from "./elements.js";
import { commandOf } from "./key_commands.js";
import { clampLine } from "./line_numbers.js";

/** @import { DetailPanel } from "./detail_panel.js" */
/** @import { Command } from "./key_commands.js" */
/** @import { LineWindow } from "./line_window.js" */
/** @import { MarkedLines } from "./marked_lines.js" */

/**
 * @typedef {object} CommandTargets
 * @property {number} lines of the file
 * @property {LineWindow} window
 * @property {MarkedLines} marked
 * @property {DetailPanel} panel
 */

/** @param {CommandTargets} targets @returns {Readonly<Record<Command, () => void>>} */
export function createCommands({ lines, window, marked, panel }) {
  const moveTo = (/** @type {number} */ line) => {
    window.current = clampLine(line, lines);
    window.reveal(window.current);
  };
  const moveBy = (/** @type {number} */ count) => {
    const { topLine, bottomLine } = window.view;
    const isVisible = window.current >= topLine && window.current <= bottomLine;
    // After the wheel moved the lines away, the keys go on with what is visible.
    moveTo(isVisible ? window.current + count : count > 0 ? topLine : bottomLine);
  };
  /** The keys act on a line that is visible. @param {(line: number) => void} act */
  const onCurrent = (act) => {
    const { topLine, bottomLine } = window.view;
    if (window.current < topLine || window.current > bottomLine) moveTo(topLine);
    act(window.current);
  };
  const movePage = (/** @type {1 | -1} */ direction) => {
    const before = window.view.topLine;
    window.scrollBy(direction * Math.max(window.rowPx, window.windowPx - window.rowPx));
    window.render();
    const moved = window.view.topLine - before;
    if (moved !== 0) window.current = clampLine(window.current + moved, lines);
    else window.current = direction > 0 ? lines : 1;
    window.schedule();
  };
  const extendBy = (/** @type {number} */ count) => {
    const from = window.current;
    moveBy(count);
    marked.extendTo(window.current, from);
  };
  const keys = elementById("keys", HTMLDialogElement);
  const goLine = elementById("go-line", HTMLInputElement);
  return {
    "line-up": () => moveBy(-1),
    "line-down": () => moveBy(1),
    "page-up": () => movePage(-1),
    "page-down": () => movePage(1),
    "start": () => {
      window.current = 1;
      window.showAtTop(1);
    },
    "end": () => {
      window.current = lines;
      window.showEnd();
    },
    "extend-up": () => extendBy(-1),
    "extend-down": () => extendBy(1),
    "mark": () => onCurrent((line) => marked.toggle(line)),
    "clear": () => panel.isOpen ? panel.close() : marked.clear(),
    "open": () => onCurrent((line) => panel.open(line)),
    "go-to": () => {
      goLine.focus();
      goLine.select();
    },
    "copy": () => marked.copy(),
    "copy-link": () => void marked.copyLink(),
    "wrap": () => elementById("wrap", HTMLButtonElement).click(),
    "theme": () => elementById("theme", HTMLButtonElement).click(),
    "help": () => keys.showModal(),
  };
}

/** @param {Readonly<Record<Command, () => void>>} commands */
export function listenToKeys(commands) {
  document.addEventListener("keydown", (event) => {
    const command = commandOf(event);
    if (command === undefined || event.isComposing || !isMeant(command, event)) return;
    event.preventDefault();
    commands[command]();
  });
}

/** @param {Command} command @param {KeyboardEvent} event @returns {boolean} whether the key is not for an element */
function isMeant(command, { target, ctrlKey }) {
  if (!(target instanceof Element) || target.closest("dialog") !== null) return false;
  if (target instanceof HTMLInputElement) return command === "go-to" && ctrlKey;
  if (command === "clear" || command === "go-to" || command === "help") return true;
  // In the panel, keys scroll the panel. Enter and Space press the button that has the focus.
  if (target.closest("#panel") !== null) return false;
  return !(command === "open" || command === "mark") || target.closest("button, a") === null;
}
