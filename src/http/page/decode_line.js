/**
 * The bytes of a line as characters.
 *
 * @typedef {object} DecodedLine
 * @property {string} text U+FFFD replaces bytes that are no UTF-8
 * @property {boolean} isUtf8
 */

/**
 * @param {Uint8Array} bytes
 * @param {boolean} isCut whether the bytes may end within a character, which is then left out
 * @returns {DecodedLine}
 */
export function decodeLine(bytes, isCut) {
  for (const fatal of [true, false]) {
    try {
      const text = new TextDecoder("utf-8", { fatal, ignoreBOM: true })
        .decode(bytes, { stream: isCut });
      return { text, isUtf8: fatal };
    } catch {
      // These bytes are no UTF-8: they are decoded again, with U+FFFD for what is wrong.
    }
  }
  throw new Error("unreachable: a decoder that is not fatal does not throw");
}

/** @param {DecodedLine} line @returns {boolean} whether hexadecimal digits show more than the characters */
export function isBinary({ text, isUtf8 }) {
  return !isUtf8 || text.includes("\0");
}
