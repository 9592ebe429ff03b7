import type { CommandArguments } from "../command_arguments.ts";
import { CONNECTION_COMMANDS } from "./connection_commands.ts";
import { KEY_COMMANDS } from "./key_commands.ts";
import { LINE_COMMANDS } from "./line_commands.ts";
import {
  type Answer,
  type RedisCommand,
  type RedisSession,
  SYNTAX_ERROR,
  unknownSubcommand,
  wrongArity,
} from "./redis_command.ts";
import type { RespValue } from "../resp_value.ts";
import { SERVER_COMMANDS } from "./server_commands.ts";

/** The commands that clients can send, by their names in lower case. */
export const REDIS_COMMANDS: ReadonlyMap<string, RedisCommand> = new Map(
  Object.entries({
    ...LINE_COMMANDS,
    ...KEY_COMMANDS,
    ...CONNECTION_COMMANDS,
    ...SERVER_COMMANDS,
    command: {
      arity: -1,
      group: "server",
      summary: "Describes the commands.",
      run: describeCommands,
    },
  }),
);

/** The commands of Redis that change data. They are refused. */
export const WRITE_COMMANDS: ReadonlySet<string> = new Set(
  ("append bitfield bitop blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin copy decr decrby del expire " +
    "expireat flushall flushdb geoadd georadius georadiusbymember geosearchstore getdel getex getset hdel hincrby " +
    "hincrbyfloat hmset hset hsetnx incr incrby incrbyfloat linsert lmove lmpop lpop lpush lpushx lrem lset ltrim migrate " +
    "move mset msetnx persist pexpire pexpireat pfadd pfmerge psetex rename renamenx restore rpop rpoplpush rpush " +
    "rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore smove sort spop srem sunionstore swapdb " +
    "unlink xack xadd xautoclaim xclaim xdel xgroup xreadgroup xsetid xtrim zadd zdiffstore zincrby zinterstore zmpop " +
    "zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore")
    .split(" "),
);

function describeCommands(_session: RedisSession, words: CommandArguments): Answer {
  if (words.count === 1) return [...REDIS_COMMANDS].map(describe);
  const names = words.texts(2).map((name) => name.toLowerCase());
  switch (words.text(1).toLowerCase()) {
    case "count":
      return words.count === 2 ? REDIS_COMMANDS.size : wrongArity("command|count");
    case "list":
      return words.count === 2 ? [...REDIS_COMMANDS.keys()] : SYNTAX_ERROR;
    case "info":
      if (names.length === 0) return [...REDIS_COMMANDS].map(describe);
      return names.map((name) => {
        const command = REDIS_COMMANDS.get(name);
        return command === undefined ? null : describe([name, command]);
      });
    case "docs":
      return {
        kind: "map",
        entries: (names.length === 0 ? [...REDIS_COMMANDS.keys()] : names).flatMap((name) => {
          const command = REDIS_COMMANDS.get(name);
          return command === undefined ? [] : [[name, docsOf(command)] as const];
        }),
      };
    default:
      return unknownSubcommand("command", words.text(1));
  }
}

function docsOf({ summary, group }: RedisCommand): RespValue {
  return { kind: "map", entries: [["summary", summary], ["group", group]] };
}

// As Redis does: name, arity, flags, first key, last key, step, ACL categories, tips, key specifications, subcommands.
function describe([name, { arity, keys }]: readonly [string, RedisCommand]): RespValue {
  const { first, last } = keys ?? { first: 0, last: 0 };
  const flags: RespValue = [{ kind: "status", text: "readonly" }];
  return [name, arity, flags, first, last, first === 0 ? 0 : 1, [], [], [], []];
}
