import { Counters } from "../../metrics/counters.ts";
import type { HttpServeOptions } from "../../server/open_server.ts";
import { UsageError } from "../subcommand.ts";

const PORT_MAX = 65_535;
const HOST_DEFAULT = "127.0.0.1";

/** The flags of HTTP that may be repeated. */
export interface HttpLists {
  readonly cors: readonly string[];
  readonly "allow-host": readonly string[];
}

/**
 * Parses the flags of HTTP.
 *
 * @param address the value of `--http`: `PORT`, `HOST:PORT` or `[IPV6]:PORT`
 * @param workers how many count for the metrics
 * @returns undefined if HTTP is off
 * @throws {UsageError} if a flag is wrong, or is given without `--http`
 */
export function parseHttpOptions(
  address: string | undefined,
  lists: HttpLists,
  workers: number,
): HttpServeOptions | undefined {
  if (address === undefined) {
    const useless = (["cors", "allow-host"] as const).find((name) => lists[name].length > 0);
    if (useless !== undefined) throw new UsageError(`--${useless} needs --http.`);
    return undefined;
  }
  return {
    ...parseAddress(address),
    allowedHosts: words(lists["allow-host"]).map(parseHostName),
    corsOrigins: words(lists.cors).map(parseOrigin),
    counters: Counters.allocate(workers),
  };
}

function parseAddress(address: string): { hostname: string; port: number } {
  const [, ipv6, name, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  if (port <= PORT_MAX) return { hostname: ipv6 ?? name ?? HOST_DEFAULT, port };
  throw new UsageError(
    `--http must be PORT, HOST:PORT or [IPV6]:PORT, such as 8080 or 127.0.0.1:8080, not ${address}.`,
  );
}

function words(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",")).filter((word) => word !== "");
}

function parseHostName(word: string): string {
  if (/^(?:[\w.-]+|[\da-f:.]+)$/i.test(word)) return word;
  throw new UsageError(`--allow-host must be a host name without a port, not ${word}.`);
}

function parseOrigin(word: string): string {
  if (word === "*" || /^https?:\/\/[^/\s]+$/.test(word)) return word.toLowerCase();
  throw new UsageError(`--cors must be * or an origin such as https://example.com, not ${word}.`);
}
