import type { ServeOptions } from "../open_server.ts";

/** What the pool tells a worker. */
export type ToWorker =
  /** The first message: what to serve. */
  | { readonly kind: "serve"; readonly options: ServeOptions }
  /** Send what is owed and end. */
  | { readonly kind: "shutdown" };

/** What a worker tells the pool. */
export type FromWorker =
  /** It accepts connections. */
  | { readonly kind: "listening"; readonly hostname: string; readonly port: number }
  /** It could not begin. */
  | { readonly kind: "refused"; readonly message: string }
  /** Something went wrong: in one line. */
  | { readonly kind: "log"; readonly message: string }
  /** A client asked it to end the server. */
  | { readonly kind: "shuttingDown" }
  /** It has sent what it owed and ends. */
  | { readonly kind: "finished" };
