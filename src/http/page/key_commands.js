/**
 * What a key does.
 *
 * @typedef {"line-up" | "line-down" | "page-up" | "page-down" | "start" | "end" | "extend-up"
 *   | "extend-down" | "mark" | "clear" | "open" | "go-to" | "copy" | "copy-link" | "wrap"
 *   | "theme" | "help"} Command
 */

/**
 * @typedef {object} KeyPress
 * @property {string} key
 * @property {boolean} ctrlKey
 * @property {boolean} metaKey
 * @property {boolean} altKey
 * @property {boolean} shiftKey
 */

/** @type {Readonly<Record<string, Command>>} */
const PLAIN_KEYS = {
  ArrowUp: "line-up",
  k: "line-up",
  ArrowDown: "line-down",
  j: "line-down",
  PageUp: "page-up",
  PageDown: "page-down",
  " ": "mark",
  Home: "start",
  g: "start",
  End: "end",
  G: "end",
  Enter: "open",
  ":": "go-to",
  Escape: "clear",
  c: "copy",
  l: "copy-link",
  w: "wrap",
  t: "theme",
  "?": "help",
};

/** @type {Readonly<Record<string, Command>>} */
const SHIFTED_KEYS = { ArrowUp: "extend-up", ArrowDown: "extend-down" };

/** @type {Readonly<Record<string, Command>>} */
const CONTROL_KEYS = { g: "go-to", Home: "start", End: "end" };

/** @param {KeyPress} press @returns {Command | undefined} `undefined` if the browser handles the key */
export function commandOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey || metaKey) return undefined;
  const keys = ctrlKey
    ? CONTROL_KEYS
    : shiftKey && Object.hasOwn(SHIFTED_KEYS, key)
    ? SHIFTED_KEYS
    : PLAIN_KEYS;
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}
