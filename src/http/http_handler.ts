import type { CommandOf, Counters, Result } from "../metrics/counters.ts";
import { Answers, type AnswersContext } from "./answers.ts";
import { CorsPolicy } from "./cors.ts";
import { HostPolicy } from "./host_policy.ts";
import { HttpProblem, problemResponse } from "./problem.ts";
import { describeChange, toProblem } from "./read_failure.ts";
import { createRoutes, type RoutesContext } from "./routes.ts";

/** Whether a server answers requests for lines. */
export type ServerState = "starting" | "serving" | "draining";

/** What a handler answers with. */
export interface HttpHandlerOptions
  extends
    Pick<AnswersContext, "lines" | "facts" | "check" | "turns">,
    Pick<RoutesContext, "metrics" | "files" | "filesPolicy"> {
  /** The address that the server listens on. */
  readonly hostname: string;
  /** Names that clients may use for the server, in addition to its address. */
  readonly allowedHosts: readonly string[];
  /** Origins whose web pages may read answers. */
  readonly corsOrigins: readonly string[];
  /** Called for each readiness check. */
  readonly state: () => ServerState;
  readonly counters: Counters;
  /** Receives one-line messages about failures. */
  readonly log: (message: string) => void;
  /** The most requests that are answered at a time. */
  readonly maxRequests: number;
  /** @default {performance.now} */
  readonly nowMs?: () => number;
}

/** Answers one request. */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

type HttpCommand = CommandOf<"http">;

/** Of how many requests the time of one is measured. */
const MEASURED_EVERY = 16;

const PLAIN_LINE = /^\/lines\/([1-9]\d{0,14})$/;

/** Answers HTTP requests for the lines of a file. */
export function createHttpHandler(options: HttpHandlerOptions): HttpHandler {
  const handler = new Handler(options);
  return (request) => handler.handle(request);
}

class Handler {
  readonly #options: HttpHandlerOptions;
  readonly #answers: Answers;
  readonly #routes: ReturnType<typeof createRoutes>;
  readonly #hosts: HostPolicy;
  readonly #cors: CorsPolicy;
  readonly #nowMs: () => number;
  #inProgress = 0;
  #requests = 0;

  constructor(options: HttpHandlerOptions) {
    const { lines, facts, check, counters, turns } = options;
    this.#options = options;
    const onLines = (lineCount: number, bytes: number) => {
      counters.add("http_lines", lineCount);
      counters.add("http_bytes", bytes);
    };
    this.#answers = new Answers({ lines, facts, check, onLines, turns });
    this.#routes = createRoutes({
      ...options,
      answers: this.#answers,
      version: facts.version,
      assertReady: () => this.#assertReady(),
    });
    this.#hosts = new HostPolicy(options.hostname, options.allowedHosts);
    this.#cors = new CorsPolicy(options.corsOrigins);
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  handle(request: Request): Response | Promise<Response> {
    // A look at the clock costs as much as a short line.
    const startMs = this.#requests++ % MEASURED_EVERY === 0 ? this.#nowMs() : undefined;
    this.#inProgress++;
    this.#options.turns.noteServed(this);
    const { url } = request;
    const pathAt = url.indexOf("/", "http://".length);
    const path = url.slice(pathAt);
    let command: HttpCommand = "other";
    try {
      if (this.#inProgress > this.#options.maxRequests) throw tooManyRequests();
      this.#assertHost(url.slice("http://".length, pathAt));
      // Before the routes, which cost as much as the rest of a short answer.
      const lineNumber = this.#plainLine(request, path);
      command = lineNumber === undefined ? commandOf(path) : "line";
      const answer = lineNumber === undefined
        ? this.#routes.fetch(asGet(request))
        : this.#answers.line(request, lineNumber);
      if (!(answer instanceof Promise)) return this.#finish(request, answer, command, startMs);
      return answer.then(
        (response) => this.#finish(request, response, command, startMs),
        (error) => this.#fail(request, error, command, startMs),
      );
    } catch (error) {
      return this.#fail(request, error, command, startMs);
    }
  }

  // The number of a line that is asked for in the plainest way.
  #plainLine(request: Request, path: string): number | undefined {
    const word = PLAIN_LINE.exec(path)?.[1];
    if (word === undefined || request.method !== "GET") return undefined;
    const lineNumber = Number(word);
    if (lineNumber > this.#options.lines.count) return undefined;
    const accept = request.headers.get("Accept");
    return accept === null || accept === "*/*" ? lineNumber : undefined;
  }

  // Deno takes it from the header Host, or from the address in the first line of the request, which has priority.
  #assertHost(authority: string): void {
    if (this.#hosts.accepts(authority)) return;
    throw new HttpProblem(
      421,
      "The request names another server. Use its address, or start linesvr with --allow-host.",
    );
  }

  #assertReady(): void {
    const state = this.#options.state();
    if (state !== "serving") throw new HttpProblem(503, `The server is ${state}.`);
    const change = this.#changeOfAll();
    if (change !== undefined) throw new HttpProblem(503, change);
  }

  // Why no line can be read; undefined if those of one file at least can.
  #changeOfAll(): string | undefined {
    const { lines: { files }, check } = this.#options;
    let first: string | undefined;
    for (const { firstLine, lines } of files) {
      const change = describeChange(() => check(firstLine, firstLine + Math.max(lines, 1) - 1));
      if (change === undefined) return undefined;
      first ??= change;
    }
    return first;
  }

  #fail(
    request: Request,
    error: unknown,
    command: HttpCommand,
    startMs: number | undefined,
  ): Response {
    const problem = toProblem(error, this.#options.check);
    if (problem.status === 500) this.#options.log(`Cannot answer a request (${problem.message}).`);
    return this.#finish(request, problemResponse(problem), command, startMs);
  }

  #finish(
    request: Request,
    response: Response,
    command: HttpCommand,
    startMs: number | undefined,
  ): Response {
    this.#inProgress--;
    const { counters } = this.#options;
    counters.countRequest("http", command, resultOf(response.status));
    if (startMs !== undefined) counters.countLatency("http", (this.#nowMs() - startMs) / 1_000);
    const answer = request.method === "HEAD" ? withoutBody(response) : response;
    this.#cors.allow(request, answer);
    return answer;
  }
}

// The routes do not distinguish HEAD: the body of the answer to a GET is dropped here.
function asGet(request: Request): Request {
  return request.method === "HEAD"
    ? new Request(request.url, { headers: request.headers })
    : request;
}

function withoutBody({ status, headers, body }: Response): Response {
  // A failure to read what nobody wants is no failure of the answer.
  body?.cancel().catch(() => {});
  // Without a length of its own, an answer without a body would say that the length is 0.
  const isKnown = headers.has("Content-Length") || status === 204 || status === 304;
  return new Response(isKnown ? null : new ReadableStream(NOTHING), { status, headers });
}

const NOTHING: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
  start(controller) {
    controller.close();
  },
};

function commandOf(path: string): HttpCommand {
  if (path.startsWith("/lines/")) return path.includes("-") ? "range" : "line";
  if (/^\/lines(?:$|\?)/.test(path)) return "batch";
  return path.startsWith("/pages/") ? "page" : "other";
}

function resultOf(status: number): Result {
  if (status < 300) return "ok";
  if (status === 304) return "not_modified";
  if (status === 404) return "missing";
  return status < 500 ? "refused" : "failed";
}

function tooManyRequests(): HttpProblem {
  return new HttpProblem(503, "The server answers too many requests. Try again later.", {
    "Retry-After": "1",
  });
}
