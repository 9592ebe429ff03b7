import type { CommandArguments } from "../command_arguments.ts";
import type { RedisSession } from "./redis_command.ts";
import { OK, respError, type RespValue } from "../resp_value.ts";

/** A subcommand of `CLIENT`. */
interface ClientCommand {
  /** As that of a command; `CLIENT` counts. */
  readonly arity: number;
  run(session: RedisSession, words: CommandArguments): RespValue;
}

/** The subcommands of `CLIENT`. A client sees only its own connection. */
export const CLIENT_COMMANDS: ReadonlyMap<string, ClientCommand> = new Map<string, ClientCommand>([
  ["id", { arity: 2, run: ({ id }) => id }],
  ["getname", { arity: 2, run: ({ clientName }) => clientName === "" ? null : clientName }],
  ["setname", { arity: 3, run: (session, words) => setClientName(session, words.text(2)) }],
  ["setinfo", { arity: 4, run: setInfo }],
  ["info", { arity: 2, run: (session) => describe(session, "client|info") }],
  ["list", { arity: -2, run: (session) => describe(session, "client|list") }],
  ["no-evict", { arity: 3, run: onOrOff }],
  ["no-touch", { arity: 3, run: onOrOff }],
]);

/** Names the connection, or answers why it cannot have that name. */
export function setClientName(session: RedisSession, name: string): RespValue {
  if (!isPlain(name)) {
    return respError("ERR Client names cannot contain spaces, newlines or special characters.");
  }
  session.clientName = name;
  return OK;
}

function setInfo({ library }: RedisSession, words: CommandArguments): RespValue {
  const attribute = words.text(2).toLowerCase();
  const value = words.text(3);
  if (attribute !== "lib-name" && attribute !== "lib-ver") {
    return respError(`ERR Unrecognized option '${words.text(2)}'`);
  }
  if (!isPlain(value)) {
    return respError(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  }
  if (attribute === "lib-name") library.name = value;
  else library.version = value;
  return OK;
}

function onOrOff(_session: RedisSession, words: CommandArguments): RespValue {
  return words.is(2, "on") || words.is(2, "off") ? OK : respError("ERR syntax error");
}

function describe(session: RedisSession, command: string): RespValue {
  const { id, clientName, library, version } = session;
  const text = `id=${id} name=${clientName} db=0 cmd=${command} user=default ` +
    `lib-name=${library.name} lib-ver=${library.version} resp=${version}\n`;
  return { kind: "verbatim", text };
}

function isPlain(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
