import type { ListenerAddress } from "../listener.ts";
import type { ServeOptions } from "../open_server.ts";

/** What the pool tells a worker. */
export type ToWorker =
  /** The first message: what to serve. */
  | { readonly kind: "serve"; readonly options: ServeOptions }
  /** All workers are listening: accept connections. */
  | { readonly kind: "accept" }
  /** Answer what was read, and end. */
  | { readonly kind: "shutdown" };

/** What a worker tells the pool. */
export type FromWorker =
  /** It listens; connections wait until it is told to accept them. */
  | { readonly kind: "listening"; readonly addresses: readonly ListenerAddress[] }
  /** It could not start. */
  | { readonly kind: "refused"; readonly message: string }
  /** Something to log: one line. */
  | { readonly kind: "log"; readonly message: string }
  /** It shuts down, for instance because a client asked it to stop the server. */
  | { readonly kind: "shuttingDown" }
  /** It accepts no more connections. */
  | { readonly kind: "stoppedListening" }
  /** It has shut down. */
  | { readonly kind: "finished" };
