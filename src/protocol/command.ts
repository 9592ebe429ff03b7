/** What a client can ask for, whatever the protocol it speaks. */
export type Command =
  /** A line. `line` is an integer; outside 1 to 2^53 - 1 it is any number that no line has. */
  | { readonly verb: "get"; readonly line: number }
  /** The end of this connection, after what is owed. */
  | { readonly verb: "quit" }
  /** The end of the server. */
  | { readonly verb: "shutdown" }
  /** A line of HTTP, which is no command: a browser asks, perhaps for a page of somebody else. */
  | { readonly verb: "http" }
  /** What is no command. */
  | { readonly verb: "invalid" };

/** The command that nothing else is. */
export const INVALID: Command = { verb: "invalid" };

/** The command that ends a connection. */
export const QUIT: Command = { verb: "quit" };

/** The command that ends the server. */
export const SHUTDOWN: Command = { verb: "shutdown" };

/** What only a client that speaks HTTP sends. */
export const HTTP: Command = { verb: "http" };
