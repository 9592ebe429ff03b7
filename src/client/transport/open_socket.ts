import { ConnectionFailure } from "../errors.ts";
import { formatServerAddress, type ServerAddress } from "../server_address.ts";
import { denoTransport } from "./deno_transport.ts";
import type { ClientSocket, Transport } from "./transport.ts";

export interface OpenSocketOptions {
  /** The time limit, 1 to 2^31 - 1. */
  readonly connectTimeoutMs: number;
  /** Cancels the attempt. */
  readonly signal: AbortSignal;
  /** That of this runtime by default. */
  readonly transport?: Transport;
}

/** @throws {ConnectionFailure} if connecting fails, takes too long or is canceled */
export async function openSocket(
  address: ServerAddress,
  { connectTimeoutMs, signal, transport }: OpenSocketOptions,
): Promise<ClientSocket> {
  const target = formatServerAddress(address);
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    const detail = `${target}, waited ${connectTimeoutMs} ms`;
    timeout.abort(new ConnectionFailure("no reply in time", detail));
  }, connectTimeoutMs);
  try {
    const { connect } = transport ?? await transportOfRuntime();
    return await connect(address, AbortSignal.any([signal, timeout.signal]));
  } catch (error) {
    throw ConnectionFailure.from(error, target);
  } finally {
    clearTimeout(timer);
  }
}

async function transportOfRuntime(): Promise<Transport> {
  if ("Deno" in globalThis) return denoTransport;
  // Imported only when it is needed, so that Deno does not load its emulation of node:net.
  return (await import("./node_transport.ts")).nodeTransport;
}
