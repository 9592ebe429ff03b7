import type { CommandArguments } from "../command_arguments.ts";
import { compileGlob } from "./glob.ts";
import { LIST_KEY, typeOf } from "./line_commands.ts";
import {
  type Answer,
  NOT_AN_INTEGER,
  type RedisCommand,
  type RedisSession,
  SYNTAX_ERROR,
} from "./redis_command.ts";
import { respError } from "../resp_value.ts";

/** How many keys `SCAN` looks at, at most: a client that wants more asks again. */
export const SCAN_MAX_KEYS = 1_000;

/** The longest file, in lines, of which `KEYS` returns the keys. */
export const KEYS_MAX_LINES: number = SCAN_MAX_KEYS;

const SCAN_DEFAULT_KEYS = 10;

// In seconds or in milliseconds: the replies are the same.
const TIME_TO_LIVE: RedisCommand = {
  arity: 2,
  keys: { first: 1, last: 1 },
  group: "generic",
  summary: "Returns -1: lines do not expire.",
  run: (session, words) => typeOf(session, words, 1) === "none" ? -2 : -1,
};

/** The commands that ask for keys. The keys are the line numbers; `lines` is a second view of the same data. */
export const KEY_COMMANDS: Readonly<Record<string, RedisCommand>> = {
  exists: {
    arity: -2,
    keys: { first: 1, last: -1 },
    group: "generic",
    summary: "Returns how many of the keys exist.",
    run(session, words) {
      let count = 0;
      for (let i = 1; i < words.count; i++) if (typeOf(session, words, i) !== "none") count++;
      return count;
    },
  },
  type: {
    arity: 2,
    keys: { first: 1, last: 1 },
    group: "generic",
    summary: `Returns string for a line, list for the key "${LIST_KEY}".`,
    run: (session, words) => ({ kind: "status", text: typeOf(session, words, 1) }),
  },
  ttl: TIME_TO_LIVE,
  pttl: TIME_TO_LIVE,
  dbsize: {
    arity: 1,
    group: "server",
    summary: "Returns the number of lines.",
    run: ({ facts }) => facts.lineCount,
  },
  randomkey: {
    arity: 1,
    group: "generic",
    summary: "Returns a random line number.",
    run: ({ facts: { lineCount, random = Math.random } }) =>
      lineCount === 0 ? null : String(1 + Math.floor(random() * lineCount)),
  },
  keys: {
    arity: 2,
    group: "generic",
    summary: "Returns the line numbers that match a pattern, if the file has few lines.",
    run({ facts: { lineCount } }, words) {
      if (lineCount <= KEYS_MAX_LINES) return keys(1, lineCount, words.text(1));
      return respError(`ERR KEYS needs a file of at most ${KEYS_MAX_LINES} lines. Use SCAN.`);
    },
  },
  scan: {
    arity: -2,
    group: "generic",
    summary: "Returns line numbers, some at a time.",
    run: scan,
  },
};

interface ScanOptions {
  pattern: string;
  count: number;
  type: string;
}

// The cursor is the number of the next line.
function scan({ facts: { lineCount } }: RedisSession, words: CommandArguments): Answer {
  const cursor = words.text(1);
  if (!/^[0-9]{1,20}$/.test(cursor)) return respError("ERR invalid cursor");
  const options = scanOptions(words);
  if (!("pattern" in options)) return options.failure;
  const first = Math.max(Number(cursor), 1);
  const last = Math.min(first + Math.min(options.count, SCAN_MAX_KEYS) - 1, lineCount);
  const found = options.type === "string" ? keys(first, last, options.pattern) : [];
  return [last < lineCount && first <= last ? String(last + 1) : "0", found];
}

function scanOptions(words: CommandArguments): ScanOptions | { readonly failure: Answer } {
  const options = { pattern: "*", count: SCAN_DEFAULT_KEYS, type: "string" };
  for (let i = 2; i < words.count; i += 2) {
    if (i + 1 === words.count) return { failure: SYNTAX_ERROR };
    if (words.is(i, "match")) {
      options.pattern = words.text(i + 1);
    } else if (words.is(i, "type")) {
      options.type = words.text(i + 1).toLowerCase();
    } else if (words.is(i, "count")) {
      const count = words.integer(i + 1);
      if (count === undefined) return { failure: NOT_AN_INTEGER };
      if (count < 1) return { failure: SYNTAX_ERROR };
      options.count = count;
    } else {
      return { failure: SYNTAX_ERROR };
    }
  }
  return options;
}

function keys(first: number, last: number, pattern: string): string[] {
  const matches = pattern === "*" ? () => true : compileGlob(pattern);
  const found: string[] = [];
  for (let lineNumber = first; lineNumber <= last; lineNumber++) {
    const key = String(lineNumber);
    if (matches(key)) found.push(key);
  }
  return found;
}
