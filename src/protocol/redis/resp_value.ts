/** The versions of the Redis protocol: RESP2 until a client asks for RESP3 by HELLO. */
export type RespVersion = 2 | 3;

/** A reply, or a part of one. Strings have a character for each byte, and numbers are integers. */
export type RespValue =
  | number
  /** A bulk string: any bytes. */
  | string
  | null
  | readonly RespValue[]
  /** A status such as `OK`, without CR and LF. */
  | { readonly kind: "status"; readonly text: string }
  /** An error: its code, such as `ERR`, and a message. */
  | { readonly kind: "error"; readonly text: string }
  /** RESP2 has no maps: it gets an array in which keys and values alternate. */
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, RespValue])[] }
  /** Text for people. */
  | { readonly kind: "verbatim"; readonly text: string };

export const OK: RespValue = { kind: "status", text: "OK" };

/** @param text the code and the message, such as `ERR syntax error` */
export function respError(text: string): RespValue & { readonly kind: "error" } {
  return { kind: "error", text };
}

/** Encodes a reply. */
export function encodeResp(value: RespValue, version: RespVersion): Uint8Array<ArrayBuffer> {
  return bytesOf(encode(value, version));
}

/** How a missing value looks. */
export function respNull(version: RespVersion): string {
  return version === 3 ? "_\r\n" : "$-1\r\n";
}

/** The bytes of a string that has a character for each byte. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// An argument list of a function is bounded.
const SLICE_BYTES = 4096;

/** The string that has a character for each byte from `start` to `end` - 1. */
export function textOf(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at += SLICE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + SLICE_BYTES, end)));
  }
  return text;
}

/** Text in UTF-8, as a string that has a character for each byte. */
export function utf8(text: string): string {
  return textOf(new TextEncoder().encode(text));
}

function encode(value: RespValue, version: RespVersion): string {
  if (typeof value === "number") return `:${value}\r\n`;
  if (typeof value === "string") return bulk(value);
  if (value === null) return respNull(version);
  if (!("kind" in value)) {
    return `*${value.length}\r\n` + value.map((item) => encode(item, version)).join("");
  }
  switch (value.kind) {
    case "status":
      return `+${value.text}\r\n`;
    case "error":
      return `-${withoutLineEnds(value.text)}\r\n`;
    case "verbatim":
      return version === 3
        ? `=${value.text.length + 4}\r\ntxt:${value.text}\r\n`
        : bulk(value.text);
    case "map": {
      const { entries } = value;
      const head = version === 3 ? `%${entries.length}` : `*${2 * entries.length}`;
      const items = entries.map(([key, item]) => bulk(key) + encode(item, version));
      return `${head}\r\n${items.join("")}`;
    }
  }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

// An error can quote what a client sent.
function withoutLineEnds(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}
