import { CLOSE } from "../../request.ts";
import type { CommandArguments } from "../command_arguments.ts";
import {
  allowsCount,
  type Answer,
  NOT_AN_INTEGER,
  type RedisCommand,
  type RedisSession,
  unknownSubcommand,
  wrongArity,
} from "./redis_command.ts";
import { bytesOf, OK, respError, type RespValue } from "../resp_value.ts";
import { CLIENT_COMMANDS, setClientName } from "./client_commands.ts";

/** The version of Redis whose replies these are. Clients decide by it what they can ask for. */
export const REDIS_VERSION = "7.0.15";

/** The commands that concern the connection. */
export const CONNECTION_COMMANDS: Readonly<Record<string, RedisCommand>> = {
  ping: {
    arity: -1,
    group: "connection",
    summary: "Returns PONG, or the message.",
    run(_session, words) {
      if (words.count > 2) return wrongArity("ping");
      return words.count === 2 ? words.text(1) : { kind: "status", text: "PONG" };
    },
  },
  echo: {
    arity: 2,
    group: "connection",
    summary: "Returns the message.",
    run: (_session, words) => words.text(1),
  },
  quit: {
    arity: -1,
    group: "connection",
    summary: "Closes the connection.",
    run: () => ({
      kind: "requests",
      requests: [{ kind: "reply", bytes: bytesOf("+OK\r\n") }, CLOSE],
    }),
  },
  reset: {
    arity: 1,
    group: "connection",
    summary: "Resets the connection.",
    run(session) {
      session.version = 2;
      session.clientName = "";
      return { kind: "status", text: "RESET" };
    },
  },
  select: {
    arity: 2,
    group: "connection",
    summary: "Selects a database: there is only 0.",
    run(_session, words) {
      const database = words.integer(1);
      if (database === undefined) return NOT_AN_INTEGER;
      return database === 0 ? OK : respError("ERR DB index is out of range");
    },
  },
  auth: {
    arity: -2,
    group: "connection",
    summary: "There is no password: fails, unless the user is default.",
    run(_session, words) {
      if (words.count > 3) return respError("ERR syntax error");
      return words.count === 2 ? NO_PASSWORD : authenticate(words.text(1));
    },
  },
  hello: {
    arity: -1,
    group: "connection",
    summary: "Selects the version of the protocol, and describes the server.",
    run: hello,
  },
  client: {
    arity: -2,
    group: "connection",
    summary: "Sets or returns what the server knows of the connection.",
    run(session, words) {
      const name = words.text(1).toLowerCase();
      const command = CLIENT_COMMANDS.get(name);
      if (command === undefined) return unknownSubcommand("client", words.text(1));
      if (!allowsCount(command.arity, words.count)) return wrongArity(`client|${name}`);
      return command.run(session, words);
    },
  },
};

const NO_PASSWORD = respError(
  "ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?",
);

// As a Redis without passwords: any password is the right one for the user who needs none.
function authenticate(user: string): RespValue {
  if (user === "default") return OK;
  return respError("WRONGPASS invalid username-password pair or user is disabled.");
}

function hello(session: RedisSession, words: CommandArguments): Answer {
  let { version } = session;
  if (words.count > 1) {
    const wanted = words.integer(1);
    if (wanted === undefined) {
      return respError("ERR Protocol version is not an integer or out of range");
    }
    if (wanted !== 2 && wanted !== 3) return respError("NOPROTO unsupported protocol version");
    version = wanted;
  }
  const failed = helloOptions(session, words);
  if (failed !== undefined) return failed;
  session.version = version;
  return {
    kind: "map",
    entries: [
      ["server", "redis"],
      ["version", REDIS_VERSION],
      ["proto", version],
      ["id", session.id],
      ["mode", "standalone"],
      ["role", "master"],
      ["modules", []],
    ],
  };
}

function helloOptions(session: RedisSession, words: CommandArguments): RespValue | undefined {
  let name: string | undefined;
  for (let i = 2; i < words.count;) {
    const more = words.count - 1 - i;
    if (words.is(i, "auth") && more >= 2) {
      const reply = authenticate(words.text(i + 1));
      if (reply !== OK) return reply;
      i += 3;
    } else if (words.is(i, "setname") && more >= 1) {
      name = words.text(i + 1);
      i += 2;
    } else {
      return respError(`ERR Syntax error in HELLO option '${words.text(i)}'`);
    }
  }
  const reply = name === undefined ? OK : setClientName(session, name);
  return reply === OK ? undefined : reply;
}
