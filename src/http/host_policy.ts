/** Which values of the header `Host` are answered. Others may come from a web page that uses DNS rebinding. */
export class HostPolicy {
  readonly #names: ReadonlySet<string>;
  readonly #acceptsAddresses: boolean;
  // The last value that was accepted: almost all requests have the same.
  #accepted: string | undefined;

  /**
   * @param hostname the address that the server listens on
   * @param allowed further names, without a port
   */
  constructor(hostname: string, allowed: readonly string[]) {
    const isAny = hostname === "0.0.0.0" || hostname === "::";
    const own = [...allowed, hostname.replace(/%.*$/, "")].map((name) => name.toLowerCase());
    this.#names = new Set([...own, "localhost", ...(isLoopback(hostname) ? LOOPBACKS : [])]);
    // A rebinding attack needs a name: an address is one of this machine, or of a proxy in front of it.
    this.#acceptsAddresses = isAny;
  }

  /** @param authority such as `localhost:8080` or `[::1]`; the port is not compared */
  accepts(authority: string): boolean {
    if (authority === this.#accepted) return true;
    const host = hostOf(authority);
    if (host === undefined) return false;
    const isAccepted = this.#names.has(host) || this.#acceptsAddresses && isAddress(host);
    if (isAccepted) this.#accepted = authority;
    return isAccepted;
  }
}

const LOOPBACKS = ["127.0.0.1", "::1"];

function isLoopback(hostname: string): boolean {
  return hostname === "::1" || hostname.startsWith("127.");
}

// Without the brackets of an IPv6 address, and without the port.
function hostOf(authority: string): string | undefined {
  const [, address, name] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(authority) ?? [];
  return (address ?? name)?.toLowerCase().replace(/\.$/, "");
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
