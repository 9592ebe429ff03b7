import type { ListenerAddress } from "../listener.ts";
import type { ServeOptions } from "../open_server.ts";

/** What the pool tells a worker. */
export type ToWorker =
  /** The first message: what to serve. */
  | { readonly kind: "serve"; readonly options: ServeOptions }
  /** Answer what was read, and end. */
  | { readonly kind: "shutdown" };

/** What a worker tells the pool. */
export type FromWorker =
  /** It accepts connections. */
  | { readonly kind: "listening"; readonly addresses: readonly ListenerAddress[] }
  /** It could not start. */
  | { readonly kind: "refused"; readonly message: string }
  /** Something to log: one line. */
  | { readonly kind: "log"; readonly message: string }
  /** A client asked it to stop the server. */
  | { readonly kind: "shuttingDown" }
  /** It has shut down. */
  | { readonly kind: "finished" };
