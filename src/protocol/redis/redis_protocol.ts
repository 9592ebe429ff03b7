import type { Detection, Protocol } from "../protocol.ts";
import { isBlank } from "./inline_words.ts";
import type { RedisFacts } from "./commands/redis_command.ts";
import { REDIS_COMMANDS, WRITE_COMMANDS } from "./commands/redis_commands.ts";
import { RedisDecoder } from "./redis_decoder.ts";
import { textOf } from "./resp_value.ts";

const STAR = 0x2a;

// Also commands of the line protocol.
const LINE_PROTOCOL_WORDS: readonly string[] = ["get", "mget", "quit", "shutdown"];

// Also methods of HTTP.
const HTTP_METHODS: readonly string[] = ["copy", "move", "unlink"];

/** The first words by which an inline command is recognized. */
const FIRST_WORDS: ReadonlySet<string> = new Set([...REDIS_COMMANDS.keys(), ...WRITE_COMMANDS])
  .difference(new Set([...LINE_PROTOCOL_WORDS, ...HTTP_METHODS]));

const FIRST_WORD_MAX_BYTES: number = Math.max(...Array.from(FIRST_WORDS, ({ length }) => length));

/**
 * The protocol of Redis, RESP2 and RESP3. A connection speaks it if its first byte is `*`, or if its first word is a
 * command of Redis and of no other protocol.
 */
export function redisProtocol(facts: RedisFacts): Protocol {
  let connections = 0;
  return {
    name: "Redis protocol",
    detect,
    open: () => new RedisDecoder(facts, ++connections),
  };
}

function detect(head: Uint8Array): Detection {
  if (head[0] === STAR) return "yes";
  const end = head.findIndex(isBlank);
  const wordEnd = end < 0 ? head.length : end;
  if (wordEnd > FIRST_WORD_MAX_BYTES) return "no";
  if (end < 0) return "need more";
  return FIRST_WORDS.has(textOf(head, 0, wordEnd).toLowerCase()) ? "yes" : "no";
}
