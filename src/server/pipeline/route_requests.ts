import type { Lines } from "../../lines/lines.ts";
import type { Request } from "../../protocol/request.ts";
import { RangeReplies } from "./range_replies.ts";
import type { Commands, PipelineClient, Replies } from "./messages.ts";
import type { RequestMeter } from "./request_meter.ts";

/**
 * Answers requests: lines come from `lines`, everything else is answered here.
 *
 * @param shutDown stops the server
 * @param meter counts the requests
 */
export function routeRequests(
  lines: Lines,
  shutDown: () => void,
  meter?: RequestMeter,
): TransformStream<Commands[], Replies[]> {
  const router = new Router(lines, shutDown, meter);
  return new TransformStream({
    transform(batch, controller) {
      const replies: Replies[] = [];
      for (const { client, requests } of batch) {
        try {
          replies.push({ client, body: router.answer(client, requests) });
        } catch (error) {
          client.fail(error);
        }
      }
      controller.enqueue(replies);
    },
  });
}

const NOTHING = new Uint8Array();

class Router {
  readonly #lines: Lines;
  readonly #shutDown: () => void;
  readonly #meter: RequestMeter | undefined;

  constructor(lines: Lines, shutDown: () => void, meter: RequestMeter | undefined) {
    this.#lines = lines;
    this.#shutDown = shutDown;
    this.#meter = meter;
  }

  answer(client: PipelineClient, requests: readonly Request[]): Replies["body"] {
    if (requests.length === 0) return NOTHING;
    for (let i = 0; i < requests.length && !client.isEnding; i++) {
      const pending = this.#answerOne(client, requests[i]!);
      if (pending === undefined) continue;
      const rest = requests.slice(i + 1);
      return client.replies.takeStream(this.#answerRest(client, rest, pending));
    }
    return client.replies.take();
  }

  async #answerRest(
    client: PipelineClient,
    requests: readonly Request[],
    pending: Promise<void>,
  ): Promise<void> {
    await pending;
    for (const request of requests) {
      if (client.isEnding) return;
      await this.#answerOne(client, request);
    }
  }

  #answerOne(client: PipelineClient, request: Request): Promise<void> | undefined {
    if (this.#meter === undefined) return this.#begin(client, request);
    client.replies.resetCounts();
    const pending = this.#begin(client, request);
    this.#meter.count(request, client.replies, pending);
    return pending;
  }

  #begin(client: PipelineClient, request: Request): Promise<void> | undefined {
    const { replies } = client;
    switch (request.kind) {
      case "lines":
        replies.encoder = request.encoder;
        return this.#lines.read(request.numbers, replies);
      case "range": {
        const { from, to, encoder } = request;
        return this.#lines.range(from, to, new RangeReplies(replies, to - from + 1, encoder));
      }
      case "reply":
        replies.buffer.append(request.bytes);
        return replies.flush();
      case "close":
        client.end();
        return undefined;
      case "shutdown":
        if (client.mayShutDown) {
          client.end();
          this.#shutDown();
        } else replies.buffer.append(request.refusal);
        return undefined;
    }
  }
}
