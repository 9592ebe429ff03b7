import { formatServerAddress, type ServerAddress } from "../../../src/client/server_address.ts";
import { DECIMAL_MAX_BYTES, type RequestEncoder, writeDecimal } from "./client_protocol.ts";

/** Where an HTTP server has its lines. */
export interface HttpEndpoint {
  readonly address: ServerAddress;
  /** What precedes `/lines/N` in the path, such as `/logs`; empty by default. */
  readonly pathPrefix?: string;
}

/** Encodes `GET /lines/N` for a server. The server may keep the connection open. */
export function httpEncoder(endpoint: HttpEndpoint): RequestEncoder {
  const before = new TextEncoder().encode(`GET ${endpoint.pathPrefix ?? ""}/lines/`);
  const after = new TextEncoder().encode(` HTTP/1.1\r\nHost: ${hostOf(endpoint)}\r\n\r\n`);
  return {
    requestMaxBytes: before.length + DECIMAL_MAX_BYTES + after.length,
    encodeRequest(lineNumber, into, at) {
      into.set(before, at);
      const end = writeDecimal(lineNumber, into, at + before.length);
      into.set(after, end);
      return end + after.length;
    },
    batchMaxBytes: refuseBatch,
    encodeBatch: refuseBatch,
  };
}

/** Encodes the request for the number of lines. */
export function encodeInfoRequest(endpoint: HttpEndpoint): Uint8Array {
  return new TextEncoder().encode(
    `GET ${endpoint.pathPrefix ?? ""}/info HTTP/1.1\r\nHost: ${hostOf(endpoint)}\r\n\r\n`,
  );
}

function hostOf({ address }: HttpEndpoint): string {
  return formatServerAddress(address);
}

// The command line with --batch and an HTTP server is refused.
function refuseBatch(): never {
  throw new TypeError("HTTP has no MGET");
}
