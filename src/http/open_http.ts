import type { Lines } from "../lines/lines.ts";
import { Counters } from "../metrics/counters.ts";
import type { FileFacts } from "./answers.ts";
import { createHttpHandler, type HttpHandler, type ServerState } from "./http_handler.ts";
import { PAGE_FILES, PAGE_SECURITY_POLICY } from "./page/page_files.ts";
import { createMetrics } from "./metrics_text.ts";
import type { CheckFiles } from "./read_failure.ts";
import type { HttpTurns } from "./body/streams.ts";

/** What a server answers HTTP requests with. */
export interface HttpOptions {
  readonly lines: Lines;
  readonly facts: FileFacts;
  readonly check: CheckFiles;
  /** The address that the server listens on. */
  readonly hostname: string;
  /** Names that clients may use for the server, in addition to its address. */
  readonly allowedHosts: readonly string[];
  /** Origins whose web pages may read answers. */
  readonly corsOrigins: readonly string[];
  /** Called for each readiness check. */
  readonly state: () => ServerState;
  /** What all workers count, from `Counters.allocate`. */
  readonly counters: SharedArrayBuffer;
  /** Which worker this one is. */
  readonly worker: number;
  readonly maxRequests: number;
  readonly turns: HttpTurns;
  /** The memory of the process, in bytes. */
  readonly residentBytes: () => number;
  /** Receives one-line messages. */
  readonly log: (message: string) => void;
}

/** Everything that HTTP needs is imported by this module, and by no other one outside of its room. */
export function openHttp(options: HttpOptions): HttpHandler {
  const { counters: memory, worker, facts, lines } = options;
  return createHttpHandler({
    ...options,
    counters: new Counters(memory, worker),
    metrics: createMetrics({
      memory,
      version: facts.version,
      lineCount: lines.count,
      residentBytes: options.residentBytes,
    }),
    files: PAGE_FILES,
    filesPolicy: PAGE_SECURITY_POLICY,
  });
}
