/** Where a server listens. */
export interface ServerAddress {
  /** A name or an address; an IPv6 address without brackets. */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT` or `[IPV6]:PORT`.
 *
 * @returns `undefined` where it is neither.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseServerAddress } from "./server_address.ts";
 *
 * assertEquals(parseServerAddress("[::1]:80"), { hostname: "::1", port: 80 });
 * assertEquals(parseServerAddress("localhost"), undefined);
 * ```
 */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const match = /^(?:\[([^\[\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return hostname !== undefined && port >= 1 && port <= 65_535 ? { hostname, port } : undefined;
}

/** Shows an address to people, as it is written on the command line. */
export function formatServerAddress({ hostname, port }: ServerAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
