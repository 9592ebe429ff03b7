import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { claimAddress, FREE_PORTS_MAX, type PortBinder } from "../../src/server/address_claim.ts";
import { keepZone, ListenError } from "../../src/server/listener.ts";

const HOST = "127.0.0.1";

/** Takes free ports in a row from 1 on; the UDP ports up to `udpTakenUpTo` are in use. */
function countingBinder(udpTakenUpTo: number): { readonly binder: PortBinder; open: number } {
  let lastPort = 0;
  const state = { open: 0, binder: { listenTcp, bindUdp } };
  function bind(hostname: string, port: number) {
    state.open++;
    return { addr: { hostname, port }, close: () => void state.open-- };
  }
  function listenTcp(hostname: string, port: number) {
    return bind(hostname, port === 0 ? ++lastPort : port);
  }
  function bindUdp(hostname: string, port: number) {
    if (port <= udpTakenUpTo) throw new Deno.errors.AddrInUse("in use");
    return bind(hostname, port);
  }
  return state;
}

Deno.test("claimAddress() fails while another claim of the same port is held, for every host that conflicts", () => {
  for (const [held, requested] of [[HOST, HOST], ["0.0.0.0", HOST], [HOST, "0.0.0.0"]] as const) {
    const claim = claimAddress(held, 0);
    const error = assertThrows(() => claimAddress(requested, claim.port), ListenError);
    assertMatch(
      error.message,
      /^Cannot listen on \S+ \(the UDP port is in use, .*\)\. Choose another /,
    );
    claim.release();
    claim.release();
    using again = claimAddress(requested, claim.port);
    assertEquals(again.port, claim.port);
  }
});

Deno.test("claimAddress() lets listeners of this process share the TCP port, and leaves it free", () => {
  using claim = claimAddress(HOST, 0);
  using _first = Deno.listen({ hostname: claim.hostname, port: claim.port, reusePort: true });
  using _second = Deno.listen({ hostname: claim.hostname, port: claim.port, reusePort: true });
});

Deno.test("claimAddress() throws if another program listens on the address, and holds nothing then", () => {
  for (const reusePort of [false, true]) {
    const listening = Deno.listen({ hostname: HOST, port: 0, reusePort });
    const { port } = listening.addr;
    const error = assertThrows(() => claimAddress(HOST, port), ListenError);
    assertEquals(
      error.message,
      `Cannot listen on ${HOST}:${port} (the port is in use). Choose another one with --port, or 0 for a free one.`,
    );
    listening.close();
    claimAddress(HOST, port).release();
  }
});

Deno.test("claimAddress() throws an error with one reason if the host is unknown", () => {
  const listenTcp = () => {
    throw new Error("failed to lookup address information: Name or service not known");
  };
  const binder = { listenTcp, bindUdp: listenTcp };
  const error = assertThrows(() => claimAddress("no.invalid", 10497, binder), ListenError);
  assertEquals(
    error.message,
    "Cannot listen on no.invalid:10497 (unknown host). Choose another address with --host and --port.",
  );
});

Deno.test("claimAddress() names the TCP port if both ports of the number are in use", () => {
  using claim = claimAddress(HOST, 0);
  using _listening = Deno.listen({ hostname: HOST, port: claim.port });
  const error = assertThrows(() => claimAddress(HOST, claim.port), ListenError);
  assert(error.message.includes("(the port is in use)"), error.message);
});

Deno.test("claimAddress() says why it cannot listen on an address that is not of this machine", () => {
  const error = assertThrows(() => claimAddress("192.0.2.1", 10497), ListenError);
  assertMatch(
    error.message,
    /^Cannot listen on 192\.0\.2\.1:10497 \(.*\)\. Choose another address /,
  );
});

Deno.test("claimAddress() resolves a host name to the address that it holds", () => {
  using claim = claimAddress("localhost", 0);
  assert([HOST, "::1"].includes(claim.hostname), claim.hostname);
});

Deno.test("claimAddress() with port 0 takes the next free port while the UDP port is in use", () => {
  const state = countingBinder(3);
  const claim = claimAddress("h", 0, state.binder);
  assertEquals([claim.port, state.open], [4, 1]);
  claim.release();
  assertEquals(state.open, 0);
});

Deno.test("claimAddress() with port 0 fails after FREE_PORTS_MAX ports whose UDP ports are in use", () => {
  const state = countingBinder(FREE_PORTS_MAX);
  const error = assertThrows(() => claimAddress("h", 0, state.binder), ListenError);
  assertMatch(error.message, new RegExp(`^Cannot listen on h:${FREE_PORTS_MAX} \\(the UDP port `));
  assertEquals(state.open, 0);
});

Deno.test("keepZone() adds the requested zone to an address that lost it", () => {
  assertEquals(keepZone("fe80::1", "fe80::1%eth0"), "fe80::1%eth0");
  assertEquals(keepZone("fe80::1%2", "fe80::1%eth0"), "fe80::1%2");
  assertEquals(keepZone("::1", "localhost"), "::1");
});

/** A link-local address of this machine with its zone, such as `fe80::1%eth0`. */
function linkLocalAddress(): string | undefined {
  const found = Deno.networkInterfaces().find(({ address }) => address.startsWith("fe80:"));
  return found === undefined ? undefined : `${found.address}%${found.name}`;
}

Deno.test({
  name: "claimAddress() keeps the zone of a link-local address (needs a link-local address)",
  ignore: linkLocalAddress() === undefined,
  fn: () => {
    const hostname = linkLocalAddress()!;
    using claim = claimAddress(hostname, 0);
    assertEquals(claim.hostname, hostname);
  },
});
