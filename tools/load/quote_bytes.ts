/** Shows bytes as ASCII in quotes; what is not printable as \\n, \\r or \\x00, all on one line. */
export function quoteBytes(bytes: readonly number[]): string {
  const shown = bytes.map((byte) => {
    if (byte === 10) return "\\n";
    if (byte === 13) return "\\r";
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${shown.join("")}"`;
}
