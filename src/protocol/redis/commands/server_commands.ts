import { compileGlob } from "./glob.ts";
import { ARGUMENT_MAX_BYTES } from "../command_reader.ts";
import type { CommandArguments } from "../command_arguments.ts";
import { REDIS_VERSION } from "./connection_commands.ts";
import {
  type Answer,
  type RedisCommand,
  type RedisFacts,
  type RedisFile,
  type RedisSession,
  SYNTAX_ERROR,
  unknownSubcommand,
  wrongArity,
} from "./redis_command.ts";
import { encodeResp, respError, utf8 } from "../resp_value.ts";
import { oneLine } from "../../one_line.ts";

/** The commands that concern the server. */
export const SERVER_COMMANDS: Readonly<Record<string, RedisCommand>> = {
  info: {
    arity: -1,
    group: "server",
    summary: "Describes the server and the file.",
    run: ({ facts }, words) => ({ kind: "verbatim", text: info(facts, words.texts(1)) }),
  },
  config: {
    arity: -2,
    group: "server",
    summary: "CONFIG GET returns settings that clients ask for.",
    run: config,
  },
  shutdown: {
    arity: -1,
    group: "server",
    summary: "Stops the server, if the client is permitted to.",
    run: shutdown,
  },
};

const REFUSAL = respError("ERR SHUTDOWN is not permitted on this connection.");

function shutdown({ wasInvalid }: RedisSession, words: CommandArguments): Answer {
  const isKnown = words.count === 1 ||
    words.count === 2 && (words.is(1, "nosave") || words.is(1, "save"));
  if (!isKnown) return SYNTAX_ERROR;
  if (wasInvalid) return REFUSAL;
  return { kind: "requests", requests: [{ kind: "shutdown", refusal: encodeResp(REFUSAL, 2) }] };
}

const SETTINGS: ReadonlyMap<string, string> = new Map([
  ["appendonly", "no"],
  ["databases", "1"],
  ["maxmemory", "0"],
  ["maxmemory-policy", "noeviction"],
  ["proto-max-bulk-len", String(ARGUMENT_MAX_BYTES)],
  ["replica-read-only", "yes"],
  ["save", ""],
]);

function config(_session: RedisSession, words: CommandArguments): Answer {
  if (!words.is(1, "get")) return unknownSubcommand("config", words.text(1));
  if (words.count < 3) return wrongArity("config|get");
  const patterns = words.texts(2).map((pattern) => compileGlob(pattern.toLowerCase()));
  const entries = [...SETTINGS].filter(([name]) => patterns.some((matches) => matches(name)));
  return { kind: "map", entries };
}

/** How many files `INFO` lists. */
export const SHOWN_FILES_MAX = 100;

type Section = readonly (readonly [name: string, value: string | number])[];

// In the order in which they are shown.
function sectionsOf(facts: RedisFacts): Readonly<Record<string, Section>> {
  return {
    Server: [["redis_version", REDIS_VERSION], ["redis_mode", "standalone"]],
    Persistence: [["loading", 0]],
    Replication: [["role", "master"], ["connected_slaves", 0]],
    Cluster: [["cluster_enabled", 0]],
    Keyspace: facts.lineCount === 0 ? [] : [["db0", `keys=${facts.lineCount},expires=0,avg_ttl=0`]],
    linesvr: [
      ["linesvr_version", facts.version],
      ["file", utf8(oneLine(facts.fileName))],
      ["lines", facts.lineCount],
      ["bytes", facts.fileBytes],
      ["files", facts.files.length],
    ],
    Files: facts.files.slice(0, SHOWN_FILES_MAX).map((file, i) => [`file${i}`, describeFile(file)]),
  };
}

// The name comes last, since it may contain commas.
function describeFile({ name, firstLine, lines, bytes }: RedisFile): string {
  return `first_line=${firstLine},lines=${lines},bytes=${bytes},name=${utf8(oneLine(name))}`;
}

const ALL_SECTIONS: readonly string[] = ["all", "everything", "default"];

function info(facts: RedisFacts, names: readonly string[]): string {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const isAll = wanted.size === 0 || ALL_SECTIONS.some((name) => wanted.has(name));
  return Object.entries(sectionsOf(facts))
    .filter(([name]) => isAll || wanted.has(name.toLowerCase()))
    .map(([name, section]) => {
      const rows = section.map(([key, value]) => `${key}:${value}\r\n`);
      return `# ${name}\r\n${rows.join("")}`;
    })
    .join("\r\n");
}
