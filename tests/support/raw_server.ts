import { asText } from "./e2e_bytes.ts";
import { StubServer } from "./stub_server.ts";

/** What a {@linkcode RawServer} does after it sent its bytes: cuts the connection, or sends nothing more. */
export type RawEnd = "close" | "stall";

/** What is sent for one request. */
export interface RawAnswer {
  /** Head and body. */
  readonly chunks: Iterable<string | Uint8Array>;
  readonly end: RawEnd;
}

/** A web server that sends any bytes, right or wrong. Each connection has one request. */
export class RawServer implements AsyncDisposable {
  /** The heads of all requests so far. */
  readonly requests: string[] = [];
  /** How many chunks were sent. */
  sentChunks = 0;
  readonly #server: StubServer;

  /** @param answer called with the number of the request, from 0 */
  constructor(answer: (index: number, head: string) => RawAnswer) {
    this.#server = new StubServer(async (connection) => {
      let head = "";
      while (!head.includes("\r\n\r\n")) {
        const received = await connection.receive();
        if (received === "") return;
        head += received;
      }
      const { chunks, end } = answer(this.requests.push(head) - 1, head);
      try {
        for (const chunk of chunks) {
          await connection.send(chunk);
          this.sentChunks++;
        }
      } catch {
        return; // The client has closed the connection.
      }
      if (end === "stall") await connection.closed();
    });
  }

  url(path = "/lines"): string {
    return `http://127.0.0.1:${this.#server.port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/** A head of an answer with these headers, and the empty line after it. */
export function rawHead(status: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\nConnection: close\r\n${lines.join("")}\r\n`;
}

/** The right answer to a request for the range that its head asks for. */
export function rawRange(content: Uint8Array, head: string): RawAnswer {
  const [, from, last] = /^range: bytes=(\d+)-(\d+)/im.exec(head) ?? [];
  const part = content.subarray(Number(from), Number(last) + 1);
  return {
    chunks: [
      rawHead("206 Partial Content", rangeHeaders(content, Number(from), part.length)),
      asText(part),
    ],
    end: "close",
  };
}

/** The headers of an answer with a range. */
export function rangeHeaders(
  content: Uint8Array,
  from: number,
  bytes: number,
): Record<string, string> {
  return {
    "ETag": '"one"',
    "Content-Range": `bytes ${from}-${from + bytes - 1}/${content.length}`,
    "Content-Length": `${bytes}`,
  };
}
