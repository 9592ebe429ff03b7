import type { Decoder } from "../protocol.ts";
import { CLOSE, type Request } from "../request.ts";
import { CommandReader } from "./command_reader.ts";
import {
  allowsCount,
  type Answer,
  type RedisFacts,
  type RedisSession,
  SHOWN_MAX_BYTES,
  wrongArity,
} from "./commands/redis_command.ts";
import { REDIS_COMMANDS, WRITE_COMMANDS } from "./commands/redis_commands.ts";
import { BulkEncoder } from "./redis_encoders.ts";
import { encodeResp, respError, type RespValue, type RespVersion } from "./resp_value.ts";

const ENCODERS: Readonly<Record<RespVersion, BulkEncoder>> = {
  2: new BulkEncoder(2),
  3: new BulkEncoder(3),
};

// What HTTP requests have, and no Redis client sends: a web page could use a visitor's browser to send commands.
const HTTP_WORDS: ReadonlySet<string> = new Set(["host:", "post"]);

const READ_ONLY: RespValue = respError("READONLY You can't write against a read only replica.");

/**
 * Decodes the commands of a Redis client.
 *
 * - Consecutive GETs in a chunk are one request.
 * - After a breach of the protocol, and after QUIT, nothing more is decoded.
 * - SHUTDOWN counts only if the connection has sent neither an unknown command nor a wrong number of arguments.
 */
export class RedisDecoder implements Decoder, RedisSession {
  readonly facts: RedisFacts;
  readonly id: number;
  version: RespVersion = 2;
  clientName = "";
  readonly library = { name: "", version: "" };
  readonly #reader = new CommandReader();
  #wasInvalid = false;
  #isClosed = false;
  // What the current chunk has asked for so far.
  #requests: Request[] = [];
  // The last request, if further GETs can be added to it.
  #numbers: number[] | undefined;

  constructor(facts: RedisFacts, id: number) {
    this.facts = facts;
    this.id = id;
  }

  get encoder(): BulkEncoder {
    return ENCODERS[this.version];
  }

  get wasInvalid(): boolean {
    return this.#wasInvalid;
  }

  decode(chunk: Uint8Array | null): Request[] {
    if (chunk !== null && !this.#isClosed) this.#read(chunk);
    const requests = this.#requests;
    this.#requests = [];
    this.#numbers = undefined;
    return requests;
  }

  #read(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    while (!this.#isClosed) {
      const found = this.#reader.read();
      if (found === "incomplete") return;
      if (found === "command") this.#run();
      else this.#answer(respError(`ERR Protocol error: ${found.error}`), CLOSE);
    }
  }

  #run(): void {
    const { words } = this.#reader;
    if (words.count === 2 && words.is(0, "get")) {
      const lineNumber = words.lineNumber(1);
      if (lineNumber > 0) return this.#get(lineNumber);
    }
    this.#answerWith(this.#runCommand());
  }

  #get(lineNumber: number): void {
    if (this.#numbers === undefined) {
      this.#numbers = [];
      this.#requests.push({ kind: "lines", numbers: this.#numbers, encoder: this.encoder });
    }
    this.#numbers.push(lineNumber);
  }

  #runCommand(): Answer {
    const { words } = this.#reader;
    const name = words.text(0).toLowerCase();
    const command = REDIS_COMMANDS.get(name);
    if (command === undefined) return this.#refuse(name);
    if (allowsCount(command.arity, words.count)) return command.run(this, words);
    this.#wasInvalid = true;
    return wrongArity(name);
  }

  #refuse(name: string): Answer {
    if (HTTP_WORDS.has(name)) return { kind: "requests", requests: [CLOSE] };
    if (WRITE_COMMANDS.has(name)) return READ_ONLY;
    this.#wasInvalid = true;
    const { words } = this.#reader;
    let shown = "";
    for (let i = 1; i < words.count && shown.length < SHOWN_MAX_BYTES; i++) {
      shown += `'${words.text(i).slice(0, SHOWN_MAX_BYTES - shown.length)}' `;
    }
    const shownName = words.text(0).slice(0, SHOWN_MAX_BYTES);
    return respError(`ERR unknown command '${shownName}', with args beginning with: ${shown}`);
  }

  #answerWith(answer: Answer): void {
    if (
      answer !== null && typeof answer === "object" && "kind" in answer &&
      answer.kind === "requests"
    ) {
      this.#add(...answer.requests);
    } else {
      this.#answer(answer);
    }
  }

  #answer(value: RespValue, ...rest: Request[]): void {
    this.#add({ kind: "reply", bytes: encodeResp(value, this.version) }, ...rest);
  }

  #add(...requests: Request[]): void {
    this.#numbers = undefined;
    this.#requests.push(...requests);
    if (requests.includes(CLOSE)) this.#isClosed = true;
  }
}
