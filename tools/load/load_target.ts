import { lineWire } from "../../src/client/line_wire.ts";
import { parseServerAddress, type ServerAddress } from "../../src/client/server_address.ts";
import type { WireProtocol } from "../../src/client/wire_protocol.ts";
import { redisWire } from "./redis_wire.ts";

/** What a server speaks. */
export type LoadProtocol = "line" | "redis";

/** A server that is asked. */
export interface LoadTarget {
  /** What it is called in tables and charts. */
  readonly label: string;
  /** Where it listens. */
  readonly address: ServerAddress;
  /** What it speaks. */
  readonly protocol: LoadProtocol;
}

/** How each protocol's requests and replies look. */
export const WIRES: Readonly<Record<LoadProtocol, WireProtocol>> = {
  line: lineWire,
  redis: redisWire,
};

const REDIS_SCHEME = "redis://";

/**
 * Reads `HOST:PORT` or `redis://HOST:PORT`.
 *
 * @returns the protocol that was named, if any; `undefined` where it is neither
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseTargetAddress } from "./load_target.ts";
 *
 * const address = { hostname: "localhost", port: 6379 };
 * assertEquals(parseTargetAddress("redis://localhost:6379"), { address, protocol: "redis" });
 * assertEquals(parseTargetAddress("localhost:6379"), { address, protocol: undefined });
 * ```
 */
export function parseTargetAddress(
  text: string,
): { address: ServerAddress; protocol: LoadProtocol | undefined } | undefined {
  const isRedis = text.startsWith(REDIS_SCHEME);
  const address = parseServerAddress(isRedis ? text.slice(REDIS_SCHEME.length) : text);
  return address && { address, protocol: isRedis ? "redis" : undefined };
}
