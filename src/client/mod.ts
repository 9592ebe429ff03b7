/**
 * Asks a linesvr for lines from TypeScript.
 *
 * ```ts
 * import { LineClient } from "@linesvr/linesvr/client";
 *
 * async function printLine(lineNumber: number): Promise<void> {
 *   await using client = await LineClient.connect({ hostname: "127.0.0.1", port: 10497 });
 *   console.log(await client.getText(lineNumber) ?? "no such line");
 * }
 * ```
 *
 * @module
 */

export { ConnectionFailure, type FailureKind } from "./connection_failure.ts";
export { type GetOptions, LineClient, type LineClientOptions } from "./line_client.ts";
export { ClientClosedError } from "./line_request.ts";
export type { LineNumbers } from "./ordered_lines.ts";
export { LineTooLongError, ServerError } from "./reply.ts";
export { parseServerAddress, type ServerAddress } from "./server_address.ts";
