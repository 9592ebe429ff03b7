import { PAGE_FILES, PAGE_SECURITY_POLICY } from "../../src/http/page/page_files.ts";
import type { PageText } from "./page_texts.ts";

const PAGE_LINES = 1024;
const MAX_LINE_BYTES = 65_536;

/** What the server answers to requests for lines. */
export type ServerMode = "normal" | "changed" | "broken";

/** Serves the page and a text by the routes that the page uses. */
export class PageServer implements AsyncDisposable {
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #port = 0;
  mode: ServerMode = "normal";
  /** Another one means that the file was replaced. */
  fingerprint = "a".repeat(64);
  /** The paths of all requests, in order. */
  readonly paths: string[] = [];

  constructor(readonly text: PageText, readonly prefix = "/") {
    this.start();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.prefix}`;
  }

  /** Starts again on the same port. */
  start(): void {
    const options = { hostname: "127.0.0.1", port: this.#port, onListen() {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
    this.#port = this.#server.addr.port;
  }

  /** Ends like a server that was killed: without waiting for clients. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    this.paths.push(pathname);
    if (!pathname.startsWith(this.prefix)) return new Response("not found", { status: 404 });
    const path = pathname.slice(this.prefix.length);
    const file = PAGE_FILES.find((file) => file.path === path);
    if (file !== undefined) {
      const headers = {
        "content-type": file.contentType,
        "content-security-policy": PAGE_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
      };
      return new Response(file.body, { headers });
    }
    return this.#answerData(path.split("/"));
  }

  #answerData([route, ...parameters]: string[]): Response {
    const { name, lines } = this.text;
    if (route === "info") {
      const { fingerprint } = this;
      const bytes = Math.min(54 * lines, Number.MAX_SAFE_INTEGER);
      return Response.json({ name, lines, bytes, fingerprint, version: "0.1.0" });
    }
    if (this.mode === "changed") {
      const problem = { title: "Service Unavailable", detail: "The file has changed." };
      const headers = { "content-type": "application/problem+json" };
      return new Response(JSON.stringify(problem), { status: 503, headers });
    }
    if (this.mode === "broken") return new Response("broken", { status: 500 });
    if (route === "lines") return new Response(this.text.line(Number(parameters[0])));
    if (route !== "pages" || parameters[0] !== this.fingerprint) {
      return new Response("not found", { status: 404 });
    }
    return this.#answerPage(Number(parameters[1]));
  }

  #answerPage(page: number): Response {
    const first = page * PAGE_LINES + 1;
    const last = Math.min(first + PAGE_LINES - 1, this.text.lines);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const cut: number[] = [];
    for (let n = first; n <= last; n++) {
      const line = this.text.line(n);
      if (line.length > MAX_LINE_BYTES) cut.push(n);
      parts.push(line.subarray(0, MAX_LINE_BYTES), Uint8Array.of(10));
    }
    const headers = new Headers({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
    });
    if (cut.length > 0) headers.set("linesvr-cut-lines", cut.join(" "));
    return new Response(new Blob(parts), { headers });
  }
}
