import { type ExpectedReply, linesBetween } from "./model.ts";
import type { Random } from "./random.ts";
import { randomNumbers, randomRange } from "./random_input.ts";

/** What a Redis client sends, one character for each byte, and what it must receive. */
export interface RedisConversation {
  readonly commands: string;
  readonly replies: readonly ExpectedReply[];
}

/** Random commands of a Redis client, as arrays of bulk strings. */
export function randomRedisConversation(
  random: Random,
  lines: readonly string[],
): RedisConversation {
  let commands = "";
  const replies: ExpectedReply[] = [];
  for (let left = random.magnitude(1, 1_000); left > 0; left--) {
    const { words, expected } = randomCommand(random, lines);
    commands += `*${words.length}\r\n${words.map((word) => bulk(`${word}`)).join("")}`;
    replies.push(...expected);
  }
  return { commands, replies };
}

interface Command {
  readonly words: readonly (string | number)[];
  readonly expected: readonly ExpectedReply[];
}

function randomCommand(random: Random, lines: readonly string[]): Command {
  const number = random.integer(0, lines.length + 1);
  const line = lines[number - 1];
  return random.pick([
    () => ({ words: ["PING"], expected: [plain("+PONG\r\n")] }),
    () => ({ words: ["LLEN", "lines"], expected: [plain(`:${lines.length}\r\n`)] }),
    () => ({ words: ["GET", number], expected: [lineReply(line)] }),
    () => ({ words: ["GET", number], expected: [lineReply(line)] }),
    () => ({ words: ["STRLEN", number], expected: [lengthReply(line)] }),
    () => mget(randomNumbers(random, lines.length), lines),
    () => lrange(randomRange(random, lines.length), lines),
  ])();
}

function mget(numbers: readonly number[], lines: readonly string[]): Command {
  const head = plain(`*${numbers.length}\r\n`);
  const expected = [head, ...numbers.map((number) => lineReply(lines[number - 1]))];
  return { words: ["MGET", ...numbers], expected };
}

// Indexes count from 0, and negative ones from the end.
function lrange([from, to]: readonly [number, number], lines: readonly string[]): Command {
  const [first, last] = [from, to].map((index) => index < 0 ? index : index + 1);
  const found = linesBetween(lines, first!, last!);
  const bytes = `*${found.length}\r\n${found.map(bulk).join("")}`;
  return {
    words: ["LRANGE", "lines", from, to],
    expected: [{ bytes, isLine: found.length > 0, isRange: true }],
  };
}

function lineReply(line: string | undefined): ExpectedReply {
  return { bytes: line === undefined ? "$-1\r\n" : bulk(line), isLine: line !== undefined };
}

function lengthReply(line: string | undefined): ExpectedReply {
  return { bytes: `:${line?.length ?? 0}\r\n`, isLine: line !== undefined };
}

function plain(bytes: string): ExpectedReply {
  return { bytes, isLine: false };
}

function bulk(word: string): string {
  return `$${word.length}\r\n${word}\r\n`;
}
