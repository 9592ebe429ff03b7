/**
 * The module of a worker thread: a server of its own, with its own page loader.
 *
 * @module
 */
/// <reference lib="webworker" />
import { openServer, type RunningServer, type ServeOptions } from "../open_server.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

const mayAccept = Promise.withResolvers<void>();
let server: RunningServer | undefined;
let isShuttingDown = false;

function tell(message: FromWorker): void {
  self.postMessage(message);
}

async function serve(options: ServeOptions): Promise<void> {
  try {
    server = await openServer(options, {
      reusePort: true,
      log: (message) => tell({ kind: "log", message }),
      mayAccept: mayAccept.promise,
    });
  } catch (error) {
    return tell({ kind: "refused", message: messageOf(error) });
  }
  tell({ kind: "listening", addresses: server.addresses });
  server.shutdownBegun.then(() => tell({ kind: "shuttingDown" }));
  server.stoppedListening.then(() => tell({ kind: "stoppedListening" }));
  if (isShuttingDown) server.shutDown();
  // A failure is not caught: it ends the thread, and the pool starts another one.
  await server.finished;
  tell({ kind: "finished" });
  self.close();
}

// A server that is still being opened is shut down when it listens: clients may be waiting by then.
function shutDown(): void {
  isShuttingDown = true;
  server?.shutDown();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case "serve":
      serve(data.options);
      break;
    case "accept":
      mayAccept.resolve();
      break;
    case "shutdown":
      shutDown();
      break;
  }
};
