import { AssertionError } from "@std/assert";
import { Buffer } from "node:buffer";

const LF = 10;
const CR = 13;

/** The bytes of a string whose characters are one byte each. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The string of bytes, one character for each; the inverse of `latin1`. */
export function asText(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  }
  return parts.join("");
}

/** Concatenates chunks. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The lines of a text, found byte by byte. */
export function naiveLines(text: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== LF) continue;
    lines.push(text.subarray(start, at > start && text[at - 1] === CR ? at - 1 : at));
    start = at + 1;
  }
  if (start < text.length) lines.push(text.subarray(start));
  return lines;
}

/** The replies to GETs of these lines. */
export function okReplies(lines: readonly Uint8Array[], eol = "\n"): Uint8Array<ArrayBuffer> {
  const head = latin1(`OK${eol}`);
  const tail = latin1(eol);
  return concatBytes(lines.flatMap((line) => [head, line, tail]));
}

/** The commands that ask for lines 1 to `count`. */
export function getAll(count: number): string {
  return Array.from({ length: count }, (_, i) => `GET ${i + 1}\n`).join("");
}

/** Lines `line 1` to `line <count>`, each of at least `width` bytes. */
export function numberedLines(count: number, width = 0): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}`.padEnd(width, ".") + "\n").join(
    "",
  );
}

/** Compares many bytes, and shows only the first place where they differ. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what = "bytes"): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const at = expected.findIndex((byte, i) => byte !== actual[i]);
  const place = at < 0 ? expected.length : at;
  const show = (bytes: Uint8Array) => JSON.stringify(asText(bytes.subarray(place, place + 60)));
  throw new AssertionError(
    `${what} differ at byte ${place}: ${actual.length} bytes with ${show(actual)} there, ` +
      `not ${expected.length} with ${show(expected)}`,
  );
}
