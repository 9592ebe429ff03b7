const BYTES_PER_ROW = 16;

/**
 * @param {Uint8Array} bytes
 * @param {number} start the position of the first byte in the line
 * @returns {string} rows such as `00000010  41 42 43 …  ABC…`, with LF between them
 */
export function hexDump(bytes, start) {
  const rows = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_ROW) {
    rows.push(hexRow(bytes.subarray(at, at + BYTES_PER_ROW), start + at));
  }
  return rows.join("\n");
}

/** @param {Uint8Array} bytes @param {number} position @returns {string} */
function hexRow(bytes, position) {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const left = digits.slice(0, 8).join(" ");
  const right = digits.slice(8).join(" ");
  const text = Array.from(
    bytes,
    (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·",
  ).join("");
  const hex = `${left}  ${right}`.padEnd(3 * BYTES_PER_ROW);
  return `${position.toString(16).padStart(8, "0")}  ${hex}  ${text}`;
}
