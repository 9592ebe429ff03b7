/** What a server was asked. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
}

/** What {@linkcode ObjectServer} has at a path. */
export interface ServedObject {
  readonly content: Uint8Array<ArrayBuffer>;
  /** Sent with every answer, such as `etag`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers in place of the server. Undefined if the server is to answer. */
export type Fault = (request: SeenRequest, index: number) => Response | undefined;

const LAST_MODIFIED = "Sun, 29 Nov 2026 10:00:00 GMT";

/** A web server that has objects in memory, and answers ranges as servers should, or as the test says. */
export class ObjectServer implements AsyncDisposable {
  /** Objects by their paths, which are encoded. */
  readonly objects = new Map<string, ServedObject>();
  /** All requests so far. */
  readonly requests: SeenRequest[] = [];
  /** Asked before the objects. */
  fault: Fault = () => undefined;
  /** Whether `If-Match` is honoured. */
  honoursConditions = true;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #versions = 0;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const { method, headers } = request;
        const seen = { method, path: pathname + search, headers };
        const index = this.requests.push(seen) - 1;
        // To its end: the client would not see the answer of a server that stops reading.
        await request.bytes().catch(() => {}); // The client may give up while it sends.
        return this.fault(seen, index) ?? this.#answer(seen, pathname);
      },
    );
  }

  /** The URL of a path, without a slash at the end for an empty one. */
  url(path = ""): string {
    return `http://127.0.0.1:${this.#server.addr.port}${path}`;
  }

  /** Puts an object at a path; it has a new ETag. */
  put(path: string, content: Uint8Array<ArrayBuffer>, headers?: ServedObject["headers"]): void {
    const etag = `"version-${++this.#versions}"`;
    this.objects.set(path, {
      content,
      headers: headers ?? { etag, "last-modified": LAST_MODIFIED },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer({ headers: asked, method }: SeenRequest, path: string): Response {
    const object = this.objects.get(path);
    if (object === undefined) return new Response("<Code>NoSuchKey</Code>", { status: 404 });
    const { content, headers } = object;
    const condition = asked.get("if-match");
    if (this.honoursConditions && condition !== null && condition !== headers["etag"]) {
      return new Response(null, { status: 412 });
    }
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(asked.get("range") ?? "") ?? [];
    if (from === undefined) {
      const length = { "content-length": `${content.length}` };
      return new Response(method === "HEAD" ? null : content, {
        headers: { ...headers, ...length },
      });
    }
    return rangeOf(object, Number(from), Number(last) + 1);
  }
}

/** What a server answers to a request for a range. */
export function rangeOf({ content, headers }: ServedObject, from: number, to: number): Response {
  const size = content.length;
  if (from >= size) {
    const range = { "content-range": `bytes */${size}` };
    return new Response(null, { status: 416, headers: { ...headers, ...range } });
  }
  const part = content.slice(from, to);
  const range = { "content-range": `bytes ${from}-${from + part.length - 1}/${size}` };
  return new Response(part, { status: 206, headers: { ...headers, ...range } });
}

/** The range that a request asks for. */
export function askedRange({ headers }: SeenRequest): [from: number, to: number] {
  const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
  return [Number(from), Number(last) + 1];
}
