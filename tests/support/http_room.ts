import { Answers } from "../../src/http/answers.ts";
import { createRoutes } from "../../src/http/routes.ts";
import { createHttpHandler, type HttpHandlerOptions } from "../../src/http/http_handler.ts";
import type { HttpTurns } from "../../src/http/body/streams.ts";
import { Counters } from "../../src/metrics/counters.ts";
import type { Lines } from "../../src/lines/lines.ts";
import { asText } from "./e2e_bytes.ts";
import { type FakeLine, FakeLines } from "./fake_lines.ts";

/** The fingerprint that {@linkcode HttpRoom} tells. */
export const FINGERPRINT = "0123456789abcdef".repeat(4);

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** One character for each byte. */
  readonly body: string;
}

// No other client is served.
const ALONE: HttpTurns = { noteServed() {}, next: () => undefined };

/** The HTTP room over lines in memory. */
export class HttpRoom {
  readonly counters = new Counters(Counters.allocate(1), 0);
  readonly messages: string[] = [];
  /** If set, the file has changed. */
  change: Error | undefined;
  state: "starting" | "serving" | "draining" = "serving";
  /** The paths of all routes, such as `/lines/:selector`. */
  readonly paths: ReadonlySet<string>;
  readonly #handle: (request: Request) => Response | Promise<Response>;

  constructor(lines: Lines | readonly FakeLine[], options: Partial<HttpHandlerOptions> = {}) {
    const all: HttpHandlerOptions = {
      lines: lines instanceof Array ? new FakeLines(lines) : lines as Lines,
      facts: { name: "text.txt", bytes: 1234, fingerprint: FINGERPRINT, version: "1.2.3" },
      check: () => {
        if (this.change !== undefined) throw this.change;
        return "unchanged";
      },
      metrics: () => Promise.resolve("metrics\n"),
      files: [{ path: "", contentType: "text/html; charset=utf-8", body: "<!doctype html>" }],
      filesPolicy: "default-src 'none'",
      hostname: "127.0.0.1",
      allowedHosts: [],
      corsOrigins: [],
      state: () => this.state,
      counters: this.counters,
      log: (message) => this.messages.push(message),
      maxRequests: 100,
      turns: ALONE,
      ...options,
    };
    const { lines: served, facts, check, turns } = all;
    this.#handle = createHttpHandler(all);
    const routes = createRoutes({
      ...all,
      version: facts.version,
      answers: new Answers({ lines: served, facts, check, onLines: () => {}, turns }),
      assertReady: () => {},
    });
    this.paths = new Set(routes.routes.map(({ path }) => path));
  }

  /** Answers a request, up to the head of the answer. */
  fetch(path: string, init?: RequestInit, authority = "127.0.0.1:8080"): Promise<Response> {
    return Promise.resolve(this.#handle(new Request(`http://${authority}${path}`, init)));
  }

  /** Answers a request, and reads the answer to its end. */
  async get(path: string, init?: RequestInit, authority?: string): Promise<Answer> {
    const response = await this.fetch(path, init, authority);
    const { status, headers } = response;
    return { status, headers, body: asText(new Uint8Array(await response.arrayBuffer())) };
  }
}

/** The sentence of an answer that is a problem. */
export function detailOf({ body }: Answer): string {
  return (JSON.parse(body) as { detail: string }).detail;
}
