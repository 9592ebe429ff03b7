/** The address of a server. */
export interface ServerAddress {
  /** A host name or an IP address; an IPv6 address without brackets. */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Parses `HOST:PORT` or `[IPV6]:PORT`; returns `undefined` if the text is neither. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const match = /^(?:\[([^\[\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return hostname !== undefined && port >= 1 && port <= 65_535 ? { hostname, port } : undefined;
}

/** Formats an address as {@linkcode parseServerAddress} takes it. */
export function formatServerAddress({ hostname, port }: ServerAddress): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
