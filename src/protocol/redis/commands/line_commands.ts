import type { Request } from "../../request.ts";
import type { CommandArguments } from "../command_arguments.ts";
import {
  type Answer,
  NOT_AN_INTEGER,
  type RedisCommand,
  type RedisSession,
} from "./redis_command.ts";
import { ArrayEncoder, arrayHead, LENGTH_ENCODER, PartEncoder } from "../redis_encoders.ts";
import { respError, type RespValue } from "../resp_value.ts";

/** The key under which the file is a list. It has no other kind of value, and is a key besides the line numbers. */
export const LIST_KEY = "lines";

/** What a key is for a command. */
export type KeyType = "string" | "list" | "none";

const WRONG_TYPE: RespValue = respError(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);

/** What is at the key that word `i` is. A file without lines has no list: Redis has no empty ones. */
export function typeOf({ facts }: RedisSession, words: CommandArguments, i: number): KeyType {
  if (isLine(facts.lineCount, words.lineNumber(i))) return "string";
  return facts.lineCount > 0 && words.text(i) === LIST_KEY ? "list" : "none";
}

/** The commands that return lines, or parts of them. */
export const LINE_COMMANDS: Readonly<Record<string, RedisCommand>> = {
  get: {
    arity: 2,
    keys: { first: 1, last: 1 },
    group: "string",
    summary: "Returns a line.",
    run: (session, words) => line(session, words),
  },
  mget: {
    arity: -2,
    keys: { first: 1, last: -1 },
    group: "string",
    summary: "Returns many lines.",
    run({ encoder }, words) {
      const numbers: number[] = [];
      for (let i = 1; i < words.count; i++) numbers.push(words.lineNumber(i));
      return requests(
        { kind: "reply", bytes: arrayHead(numbers.length) },
        { kind: "lines", numbers, encoder },
      );
    },
  },
  strlen: {
    arity: 2,
    keys: { first: 1, last: 1 },
    group: "string",
    summary: "Returns the length of a line in bytes.",
    run: (session, words) => line(session, words, LENGTH_ENCODER),
  },
  getrange: {
    arity: 4,
    keys: { first: 1, last: 1 },
    group: "string",
    summary: "Returns a part of a line.",
    run(session, words) {
      const first = words.integer(2);
      const last = words.integer(3);
      if (first === undefined || last === undefined) return NOT_AN_INTEGER;
      return line(session, words, new PartEncoder(first, last));
    },
  },
  llen: {
    arity: 2,
    keys: { first: 1, last: 1 },
    group: "list",
    summary: "Returns the number of lines.",
    run: (session, words) => ofList(session, words, 0, () => session.facts.lineCount),
  },
  lindex: {
    arity: 3,
    keys: { first: 1, last: 1 },
    group: "list",
    summary: "Returns a line by its index from 0.",
    run: (session, words) => {
      const { encoder, facts: { lineCount } } = session;
      return ofList(session, words, null, () => {
        const index = words.integer(2);
        if (index === undefined) return NOT_AN_INTEGER;
        const lineNumber = index < 0 ? lineCount + index + 1 : index + 1;
        return requests({ kind: "lines", numbers: [lineNumber], encoder });
      });
    },
  },
  lrange: {
    arity: 4,
    keys: { first: 1, last: 1 },
    group: "list",
    summary: "Returns consecutive lines by their indexes from 0.",
    run(session, words) {
      const first = words.integer(2);
      const last = words.integer(3);
      if (first === undefined || last === undefined) return NOT_AN_INTEGER;
      return ofList(session, words, [], () => range(session, first, last));
    },
  },
};

function line(
  session: RedisSession,
  words: CommandArguments,
  encoder: Extract<Request, { kind: "lines" }>["encoder"] = session.encoder,
): Answer {
  const lineNumber = words.lineNumber(1);
  if (lineNumber === 0 && typeOf(session, words, 1) === "list") return WRONG_TYPE;
  return requests({ kind: "lines", numbers: [lineNumber], encoder });
}

function ofList(
  session: RedisSession,
  words: CommandArguments,
  missing: RespValue,
  answer: () => Answer,
): Answer {
  const type = typeOf(session, words, 1);
  switch (type) {
    case "list":
      return answer();
    case "string":
      return WRONG_TYPE;
    case "none":
      return missing;
  }
}

function range({ facts: { lineCount } }: RedisSession, first: number, last: number): Answer {
  const from = Math.max(first < 0 ? lineCount + first : first, 0) + 1;
  const to = Math.min(last < 0 ? lineCount + last : last, lineCount - 1) + 1;
  return from <= to ? requests({ kind: "range", from, to, encoder: new ArrayEncoder() }) : [];
}

function isLine(lineCount: number, lineNumber: number): boolean {
  return lineNumber >= 1 && lineNumber <= lineCount;
}

function requests(...requests: Request[]): Answer {
  return { kind: "requests", requests };
}
