import { type ClientProtocol, lineProtocol, type RequestEncoder } from "./client_protocol.ts";
import { parseServerAddress, type ServerAddress } from "../../../src/client/server_address.ts";
import { httpEncoder } from "./http_encoder.ts";
import { redisProtocol } from "./redis_protocol.ts";
import type { RedisSession } from "./redis_session.ts";

/** The values of `--protocol`, and `http`, which only an address selects. */
export type ProtocolName = "line" | "redis" | "http";

/** A server that is measured. */
export interface LoadTarget {
  /** Its name in tables and charts. */
  readonly label: string;
  readonly address: ServerAddress;
  readonly protocol: ProtocolName;
  /** How a connection to Redis begins; without it, with the first request. */
  readonly session?: RedisSession;
  /** What precedes `/lines/N` in the path of an HTTP request, such as `/logs`; empty by default. */
  readonly pathPrefix?: string;
}

export const PROTOCOLS: Readonly<Record<Exclude<ProtocolName, "http">, ClientProtocol>> = {
  line: lineProtocol,
  redis: redisProtocol,
};

/** Returns what encodes the requests to a server. */
export function encoderOf(target: LoadTarget): RequestEncoder {
  return target.protocol === "http" ? httpEncoder(target) : PROTOCOLS[target.protocol];
}

/** The port of a Redis without one in its address. */
const REDIS_PORT = 6379;

const HTTP_PORT = 80;

/** Host and port, path. */
const HTTP_URL = /^http:\/\/([^@/?#]+)((?:\/[!-~]*)?)$/;

/** Scheme, user and password, host and port, database. */
const REDIS_URL = /^(rediss?):\/\/(?:(.*)@)?([^@/]+)(?:\/(\d{0,9}))?$/;

/** A parsed address of the command line; the protocol is `undefined` if it is not in the text. */
export type TargetAddress =
  & Pick<LoadTarget, "address" | "session" | "pathPrefix">
  & { readonly protocol: ProtocolName | undefined };

/**
 * Parses `HOST:PORT`, `http://HOST[:PORT][/PREFIX]`, or `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`,
 * or the last with `rediss://` for TLS. In a user and a password, `%40` is an at sign.
 *
 * @returns `undefined` if the text is none of them
 */
export function parseTargetAddress(text: string): TargetAddress | undefined {
  if (text.startsWith("http://")) return parseHttpUrl(text);
  const match = REDIS_URL.exec(text);
  if (match === null) {
    const address = parseServerAddress(text);
    return address && { address, protocol: undefined };
  }
  const [, scheme, login, host, database] = match;
  const address = parseHost(host!, REDIS_PORT);
  const parsedLogin = parseLogin(login);
  if (address === undefined || parsedLogin === undefined) return undefined;
  const session = {
    encryption: scheme === "rediss" ? "tls" : "none",
    ...parsedLogin,
    database: Number(database ?? 0),
  } as const;
  const isPlain = session.encryption === "none" && login === undefined && session.database === 0;
  return { address, protocol: "redis", ...isPlain ? {} : { session } };
}

function parseHttpUrl(text: string): TargetAddress | undefined {
  const [, host, path = ""] = HTTP_URL.exec(text) ?? [];
  const address = host === undefined ? undefined : parseHost(host, HTTP_PORT);
  if (address === undefined || /[?#]/.test(path)) return undefined;
  const pathPrefix = path.replace(/\/+$/, "");
  return { address, protocol: "http", ...pathPrefix === "" ? {} : { pathPrefix } };
}

function parseHost(host: string, portByDefault: number): ServerAddress | undefined {
  return parseServerAddress(host) ?? parseServerAddress(`${host}:${portByDefault}`);
}

/** Returns a text that names a server without its password, for messages. */
export function withoutPassword(text: string): string {
  return text.replace(/^(\w+=)?(\w+:\/\/)?.*@/s, "$1$2…@");
}

// A single word is the password, as in redis-cli.
function parseLogin(
  text: string | undefined,
): Pick<RedisSession, "username" | "password"> | undefined {
  if (text === undefined) return { username: undefined, password: undefined };
  const colon = text.indexOf(":");
  try {
    return {
      username: decodeURIComponent(text.slice(0, Math.max(colon, 0))) || undefined,
      password: decodeURIComponent(text.slice(colon + 1)) || undefined,
    };
  } catch {
    // A percent sign without two digits.
    return undefined;
  }
}
