import { TextError } from "../source/text_source.ts";

/** Whether an error only says that the other side has left. */
export function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.TimedOut ||
    error instanceof Deno.errors.UnexpectedEof;
}

/** The message for a connection that failed: one line. */
export function describeFailure(error: unknown): string {
  const what = error instanceof TextError ? "Closed a connection" : "Connection failed";
  return `${what}: ${error instanceof Error ? error.message : String(error)}`;
}
