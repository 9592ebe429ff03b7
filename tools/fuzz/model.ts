/**
 * A plain model of a file and of the line protocol, without any code of the server.
 *
 * @module
 */

/** Bytes as a string with one character for each byte. */
export function asLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return text;
}

/** The bytes of a string that has one character for each byte. */
export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The lines of a file, without their terminators. */
export function linesOf(file: string): string[] {
  const lines = file.split("\n");
  const last = lines.pop()!;
  const ended = lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
  return last === "" ? ended : [...ended, last];
}

/** What ends statuses and lines. */
export interface Terminators {
  readonly status: string;
  readonly line: string;
}

/** What the server must answer to one command. */
export interface ExpectedReply {
  readonly bytes: string;
  /** Whether the server may answer with an error instead if its index is damaged. */
  readonly isLine: boolean;
  /** Whether the server may close the connection in the middle then. */
  readonly isRange?: boolean;
}

const COMMAND_MAX_BYTES = 1_024;
const MGET_MAX_BYTES = 65_536;

const INTEGER = /^[+-]?\d+$/;

/** The replies to everything that a client sends on one connection. The server accepts no SHUTDOWN. */
export function expectedReplies(
  sent: string,
  lines: readonly string[],
  { status, line }: Terminators,
): ExpectedReply[] {
  const replies: ExpectedReply[] = [];
  const commands = sent.split("\n");
  if (commands.at(-1) === "") commands.pop();
  for (const command of commands) {
    const content = command.endsWith("\r") ? command.slice(0, -1) : command;
    const words = content.split(/[ \t\v\f\r]+/).filter((part) => part !== "");
    const [verb, word = "", second = ""] = words;
    const maxBytes = verb?.toUpperCase() === "MGET" ? MGET_MAX_BYTES : COMMAND_MAX_BYTES;
    const name = content.length > maxBytes ? undefined : verb?.toUpperCase();
    const get = (word: string) => {
      const found = lineAt(lines, BigInt(word.replace("+", "")));
      const bytes = found === undefined ? `ERR${status}` : `OK${status}${found}${line}`;
      replies.push({ bytes, isLine: found !== undefined });
    };
    if (name === "QUIT") break;
    if (name === "SHUTDOWN") replies.push({ bytes: `ERR${status}`, isLine: false });
    else if (name === "GET" && INTEGER.test(word)) get(word);
    else if (name === "MGET" && word !== "" && words.slice(1).every((one) => INTEGER.test(one))) {
      words.slice(1).forEach(get);
    } else if (name === "RANGE" && INTEGER.test(word) && INTEGER.test(second)) {
      const found = linesBetween(lines, Number(word), Number(second));
      const bytes = `OK ${found.length}${status}${found.map((one) => one + line).join("")}`;
      replies.push({ bytes, isLine: found.length > 0, isRange: true });
    } else if (name === "COUNT") {
      replies.push({ bytes: `OK${status}${lines.length}${line}`, isLine: false });
    } else replies.push({ bytes: `INVALID COMMAND!${status}`, isLine: false });
  }
  return replies;
}

function lineAt(lines: readonly string[], lineNumber: bigint): string | undefined {
  return lineNumber >= 1n && lineNumber <= BigInt(lines.length)
    ? lines[Number(lineNumber) - 1]
    : undefined;
}

/** The lines of a range, clipped to the file; negative numbers count from the end. */
export function linesBetween(lines: readonly string[], from: number, to: number): string[] {
  const [first, last] = [from, to].map((at) => at < 0 ? lines.length + 1 + at : at);
  return lines.slice(Math.max(first! - 1, 0), Math.max(last!, 0));
}

/** Whether the server may answer `Server error: …` instead of a line. */
export type ErrorPolicy = "no errors" | "errors allowed";

/** How a client stopped to receive: at the end of the stream, or before. */
export type StreamEnd = "complete" | "cut";

// Of the line protocol, and of Redis.
const ERROR_STARTS: readonly string[] = ["Server error: ", "-ERR "];

/**
 * Compares what a client received with what it must receive.
 *
 * @returns the first difference in one line; undefined if there is none
 */
export function findDifference(
  received: string,
  replies: readonly ExpectedReply[],
  errors: ErrorPolicy,
  end: StreamEnd,
): string | undefined {
  let at = 0;
  for (const [i, { bytes, isLine, isRange }] of replies.entries()) {
    if (received.startsWith(bytes, at)) {
      at += bytes.length;
      continue;
    }
    const rest = received.slice(at);
    if (end === "cut" && (bytes.startsWith(rest) || isErrorStart(rest, errors))) return undefined;
    if (isRange && errors === "errors allowed" && bytes.startsWith(rest)) return undefined;
    const lf = rest.indexOf("\n");
    const isError = ERROR_STARTS.some((start) => rest.startsWith(start));
    if (!isLine || errors === "no errors" || !isError || lf < 0) {
      return `reply ${i + 1} of ${replies.length} is ${shown(rest)}, not ${shown(bytes)}`;
    }
    at += lf + 1;
  }
  return at === received.length
    ? undefined
    : `after the ${replies.length} replies come ${shown(received.slice(at))}`;
}

function isErrorStart(rest: string, errors: ErrorPolicy): boolean {
  if (errors === "no errors" || rest.includes("\n")) return false;
  return ERROR_STARTS.some((start) => rest.startsWith(start) || start.startsWith(rest));
}

const SHOWN_MAX_BYTES = 100;

function shown(bytes: string): string {
  const rest = bytes.length > SHOWN_MAX_BYTES ? ` and ${bytes.length - SHOWN_MAX_BYTES} more` : "";
  return JSON.stringify(bytes.slice(0, SHOWN_MAX_BYTES)) + rest;
}
