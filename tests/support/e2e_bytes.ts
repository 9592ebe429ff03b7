import { AssertionError } from "@std/assert";
import { Buffer } from "node:buffer";

const LF = 10;
const CR = 13;

/** Gives the bytes of a text; a byte over 127 is written as the character of that number. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Shows bytes as a text in which every byte is one character, the other way round of `latin1`. */
export function asText(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 4096) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 4096)));
  }
  return parts.join("");
}

/** Joins bytes. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The lines of a text, found one byte after the other. */
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

/** What the server answers where it sends these lines one after the other. */
export function okReplies(lines: readonly Uint8Array[], eol = "\n"): Uint8Array<ArrayBuffer> {
  const head = latin1(`OK${eol}`);
  const tail = latin1(eol);
  return concatBytes(lines.flatMap((line) => [head, line, tail]));
}

/** The commands that ask for lines 1 to `count`. */
export function getAll(count: number): string {
  return Array.from({ length: count }, (_, i) => `GET ${i + 1}\n`).join("");
}

/** Lines `line 1` to `line <count>`, each of `width` bytes at least. */
export function numberedLines(count: number, width = 0): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}`.padEnd(width, ".") + "\n").join(
    "",
  );
}

/** Compares bytes, of which there may be many: says where they differ, not how. */
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
