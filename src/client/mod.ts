/**
 * The TypeScript client of linesvr.
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

export * from "./errors.ts";
export { LineClient } from "./line_client.ts";
export type { Line } from "./line_request.ts";
export type { GetOptions, LineClientOptions, ReplyEol } from "./options.ts";
export type { LineNumbers } from "./ordered_lines.ts";
export { parseServerAddress, type ServerAddress } from "./server_address.ts";
