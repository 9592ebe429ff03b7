import type { Request } from "../../request.ts";
import type { CommandArguments } from "../command_arguments.ts";
import type { BulkEncoder } from "../redis_encoders.ts";
import { respError, type RespValue, type RespVersion } from "../resp_value.ts";

/** What a server tells its Redis clients. */
export interface RedisFacts {
  /** The number of lines of all files. */
  readonly lineCount: number;
  /** One name for all files. */
  readonly fileName: string;
  /** The size of all files. */
  readonly fileBytes: number;
  /** In the order in which their lines are numbered. */
  readonly files: readonly RedisFile[];
  /** The version of linesvr. */
  readonly version: string;
  /**
   * A random number from 0 to 1, without 1.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

/** A file that lines come from. */
export interface RedisFile {
  readonly name: string;
  readonly firstLine: number;
  readonly lines: number;
  readonly bytes: number;
}

/** What one connection has agreed on. */
export interface RedisSession {
  readonly facts: RedisFacts;
  /** Different for each connection of a worker. */
  readonly id: number;
  /** In which version the next reply is encoded. */
  version: RespVersion;
  /** Encodes lines in that version. */
  readonly encoder: BulkEncoder;
  /** Empty if it has none. */
  clientName: string;
  readonly library: { name: string; version: string };
  /** Whether it has sent a command that does not exist, or one with a wrong number of arguments. */
  readonly wasInvalid: boolean;
}

/** What a command is answered with: a value, or requests for lines or an end. */
export type Answer = RespValue | { readonly kind: "requests"; readonly requests: Request[] };

/** A command that clients can send. */
export interface RedisCommand {
  /** The number of words, with that of the command; if negative, at least that many. */
  readonly arity: number;
  /** Where keys are among the words; none if absent. */
  readonly keys?: { readonly first: number; readonly last: number };
  readonly group: "generic" | "string" | "list" | "connection" | "server";
  /** For people. */
  readonly summary: string;
  /** @param words of a number that `arity` allows */
  run(session: RedisSession, words: CommandArguments): Answer;
}

/** Whether a command may have that many words. */
export function allowsCount(arity: number, count: number): boolean {
  return arity < 0 ? count >= -arity : count === arity;
}

/** @param name such as `get`, or `client|setname` */
export function wrongArity(name: string): RespValue {
  return respError(`ERR wrong number of arguments for '${name}' command`);
}

/** @param container the name of a command that has subcommands */
export function unknownSubcommand(container: string, name: string): RespValue {
  const shown = name.slice(0, SHOWN_MAX_BYTES);
  return respError(`ERR unknown subcommand '${shown}'. Try ${container.toUpperCase()} HELP.`);
}

/** An error quotes at most this many bytes of what a client sent. */
export const SHOWN_MAX_BYTES = 128;

export const SYNTAX_ERROR: RespValue = respError("ERR syntax error");
export const NOT_AN_INTEGER: RespValue = respError("ERR value is not an integer or out of range");
