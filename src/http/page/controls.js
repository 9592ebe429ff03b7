// The field, the buttons and the dialog.

import { elementById } from "./elements.js";
import { parseLine } from "./line_numbers.js";

/** @import { Command } from "./key_commands.js" */
/** @import { LineWindow } from "./line_window.js" */

/**
 * @typedef {object} ControlTargets
 * @property {number} lines of the file
 * @property {LineWindow} window
 * @property {HTMLElement} viewport
 * @property {Readonly<Record<Command, () => void>>} commands
 * @property {(message: string) => void} say
 */

/** @param {ControlTargets} targets */
export function listenToControls(targets) {
  const { window, viewport, commands } = targets;
  const wrap = elementById("wrap", HTMLButtonElement);
  wrap.addEventListener("click", () => {
    window.isWrapped = !window.isWrapped;
    wrap.ariaPressed = String(window.isWrapped);
  });
  const keys = elementById("keys", HTMLDialogElement);
  elementById("help", HTMLButtonElement).addEventListener("click", commands.help);
  elementById("keys-close", HTMLButtonElement).addEventListener("click", () => keys.close());
  keys.addEventListener("close", () => viewport.focus());
  elementById("go", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    go(targets);
  });
  elementById("go-line", HTMLInputElement).addEventListener("keydown", ({ key }) => {
    if (key === "Escape") viewport.focus();
  });
}

/** @param {ControlTargets} targets */
function go({ lines, window, viewport, say }) {
  const field = elementById("go-line", HTMLInputElement);
  const line = parseLine(field.value, lines);
  field.ariaInvalid = String(line === null);
  if (line === null) {
    say(`Not a line number: ${field.value}. Enter a number such as 1,000 or 50%.`);
    return;
  }
  window.current = line;
  window.showLine(line);
  viewport.focus();
}
