// The colours of terminals: "Select Graphic Rendition" of ECMA-48, with 256 colours and RGB.

/**
 * A colour: one of the 16 of the theme, or three bytes.
 *
 * @typedef {number | readonly [red: number, green: number, blue: number]} Colour
 */

/**
 * How text is rendered. Equal styles may be different objects.
 *
 * @typedef {object} TextStyle
 * @property {Colour} [foreground]
 * @property {Colour} [background]
 * @property {true} [bold]
 * @property {true} [dim]
 * @property {true} [italic]
 * @property {true} [underline]
 * @property {true} [strike]
 * @property {true} [inverse]
 */

/** @type {TextStyle} */
export const PLAIN = {};

/** The levels of the 6×6×6 cube. */
const LEVELS = [0, 95, 135, 175, 215, 255];

/**
 * @param {TextStyle} style before the sequence
 * @param {string} parameters the part of `ESC [ parameters m` between `[` and `m`
 * @returns {TextStyle} after the sequence; unknown codes change nothing
 */
export function applySgr(style, parameters) {
  const codes = parameters.split(/[;:]/).map((code) => code === "" ? 0 : Number(code));
  let next = { ...style };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, used } = extendedColour(codes, i + 1);
      if (colour !== undefined) next[code === 38 ? "foreground" : "background"] = colour;
      i += used;
    } else if (code === 0) {
      next = {};
    } else {
      applyCode(next, code);
    }
  }
  return next;
}

/** @param {TextStyle} style changed @param {number} code */
function applyCode(style, code) {
  if (code >= 30 && code <= 37) style.foreground = code - 30;
  else if (code >= 90 && code <= 97) style.foreground = code - 82;
  else if (code >= 40 && code <= 47) style.background = code - 40;
  else if (code >= 100 && code <= 107) style.background = code - 92;
  else {
    for (const name of OFF[code] ?? []) delete style[name];
    const name = ON[code];
    if (name !== undefined) style[name] = true;
  }
}

/** @type {Readonly<Record<number, "bold" | "dim" | "italic" | "underline" | "inverse" | "strike">>} */
const ON = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underline",
  7: "inverse",
  9: "strike",
  21: "underline",
};

/** @type {Readonly<Record<number, readonly (keyof TextStyle)[]>>} */
const OFF = {
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  29: ["strike"],
  39: ["foreground"],
  49: ["background"],
};

/**
 * @param {readonly number[]} codes
 * @param {number} at the index of `5;n` or `2;r;g;b`
 * @returns {{ colour?: Colour, used: number }}
 */
function extendedColour(codes, at) {
  const [kind, ...values] = codes.slice(at, at + 4);
  const [red = 256, green = 256, blue = 256] = values;
  if (kind === 5) return { ...(red < 256 && { colour: paletteColour(red) }), used: 2 };
  if (kind !== 2) return { used: 1 };
  const isColour = red < 256 && green < 256 && blue < 256;
  return { ...(isColour && { colour: /** @type {const} */ ([red, green, blue]) }), used: 4 };
}

/** @param {number} index from 0 to 255 @returns {Colour} */
function paletteColour(index) {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return [grey, grey, grey];
  }
  const cube = index - 16;
  const level = (/** @type {number} */ digit) => LEVELS[digit] ?? 0;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}
