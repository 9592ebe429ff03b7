/// <reference lib="webworker" />
import { openServer, type RunningServer, type ServeOptions } from "../open_server.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

// The module that a worker thread runs: a server of its own, with its own page loader and cache.

let server: RunningServer | undefined;

function tell(message: FromWorker): void {
  self.postMessage(message);
}

function serve(options: ServeOptions): void {
  try {
    server = openServer(options, {
      reusePort: true,
      log: (message) => tell({ kind: "log", message }),
      onShutdown: () => tell({ kind: "shuttingDown" }),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: "refused", message });
    return;
  }
  tell({ kind: "listening", hostname: server.hostname, port: server.port });
  server.finished
    .catch((error) => tell({ kind: "log", message: `Ended badly: ${error.message}` }))
    .then(() => {
      tell({ kind: "finished" });
      self.close();
    });
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "serve") serve(data.options);
  else server?.shutDown();
};
