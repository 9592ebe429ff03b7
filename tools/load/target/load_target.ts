import { type ClientProtocol, lineProtocol } from "./client_protocol.ts";
import { parseServerAddress, type ServerAddress } from "../../../src/client/server_address.ts";
import { redisProtocol } from "./redis_protocol.ts";

/** The values of `--protocol`. */
export type ProtocolName = "line" | "redis";

/** A server that is measured. */
export interface LoadTarget {
  /** Its name in tables and charts. */
  readonly label: string;
  readonly address: ServerAddress;
  readonly protocol: ProtocolName;
}

export const PROTOCOLS: Readonly<Record<ProtocolName, ClientProtocol>> = {
  line: lineProtocol,
  redis: redisProtocol,
};

const REDIS_SCHEME = "redis://";

/**
 * Parses `HOST:PORT` or `redis://HOST:PORT`.
 *
 * @returns `undefined` if the text is neither; the protocol is `undefined` if it is not in the text
 */
export function parseTargetAddress(
  text: string,
): { address: ServerAddress; protocol: ProtocolName | undefined } | undefined {
  const isRedis = text.startsWith(REDIS_SCHEME);
  const address = parseServerAddress(isRedis ? text.slice(REDIS_SCHEME.length) : text);
  return address && { address, protocol: isRedis ? "redis" : undefined };
}
