import type { Lines } from "../../lines/lines.ts";
import type { Chunk, Commands, Replies } from "./messages.ts";
import type { RequestMeter } from "./request_meter.ts";
import { routeRequests } from "./route_requests.ts";

/**
 * Answers the clients of a thread: chunks go in, and each client sends its replies at the other end.
 *
 * - One way: nothing comes back.
 * - One batch for each turn of the event loop, with whatever all clients sent in it.
 * - Bounded by the number of clients: at most one chunk of each is in it.
 * - No client waits for another: replies that have to be waited for are a stream that its client reads.
 *
 * @param arrivals what clients sent
 * @param lines what they ask for
 * @param shutDown stops the server
 * @param meter counts the requests
 * @returns rejects if a stage fails; a client's failure ends that client only
 */
export function runPipeline(
  arrivals: ReadableStream<Chunk[]>,
  lines: Lines,
  shutDown: () => void,
  meter?: RequestMeter,
): Promise<void> {
  return arrivals
    .pipeThrough(splitCommands())
    .pipeThrough(routeRequests(lines, shutDown, meter))
    .pipeTo(writeReplies());
}

/** Splits what clients sent into what they ask for. */
export function splitCommands(): TransformStream<Chunk[], Commands[]> {
  return new TransformStream({
    transform(batch, controller) {
      const commands: Commands[] = [];
      for (const { client, bytes } of batch) {
        try {
          commands.push({ client, requests: client.decode(bytes) });
        } catch (error) {
          client.fail(error);
        }
      }
      controller.enqueue(commands);
    },
  });
}

/** Hands replies to their clients, which send them and read on. */
export function writeReplies(): WritableStream<Replies[]> {
  return new WritableStream({
    write(batch) {
      for (const { client, body } of batch) client.send(body);
    },
  });
}

/** Gathers what clients send in one turn of the event loop into one batch. */
export class Arrivals {
  /** The batches. It is bounded by the number of clients: at most one chunk of each is in the pipeline. */
  readonly readable: ReadableStream<Chunk[]>;
  #controller!: ReadableStreamDefaultController<Chunk[]>;
  #batch: Chunk[] = [];

  constructor() {
    this.readable = new ReadableStream<Chunk[]>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
  }

  /** Adds a chunk to this turn's batch. */
  push(chunk: Chunk): void {
    if (this.#batch.push(chunk) === 1) queueMicrotask(this.#enqueue);
  }

  /** Ends the stream after what was pushed. */
  close(): void {
    queueMicrotask(() => this.#controller.close());
  }

  readonly #enqueue = (): void => {
    const batch = this.#batch;
    this.#batch = [];
    this.#controller.enqueue(batch);
  };
}

/** How many clients that waited for their turn go on at a time. It bounds how long the others wait. */
export const CLIENTS_PER_TURN = 4;

/**
 * Shares a thread fairly between its clients. A socket that is always ready is answered again in the same turn
 * of the event loop, without a look at the others; so a client that could go on waits for the next turn if
 * others were served in this one. A client that is alone never waits.
 */
export class Turns {
  #last: unknown;
  #isShared = false;
  // In order of their calls.
  #waiting: (() => void)[] = [];

  /** Notes that a client was served in this turn. */
  noteServed(client: unknown): void {
    if (this.#last !== undefined && this.#last !== client) this.#isShared = true;
    this.#last = client;
  }

  /** Resolves in a later turn; undefined if no other client was served in this one. */
  next(): Promise<void> | undefined {
    if (!this.#isShared && this.#waiting.length === 0) return undefined;
    if (this.#waiting.length === 0) this.#scheduleTurn();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  // By timers, since the event loop hardly looks at sockets while something is always due at once. The first
  // one is due when the work of this turn is done, the second one leaves time for the other clients.
  #scheduleTurn(): void {
    setTimeout(() => setTimeout(() => this.#beginTurn(), 0), 0);
  }

  #beginTurn(): void {
    this.#last = undefined;
    this.#isShared = false;
    for (const resolve of this.#waiting.splice(0, CLIENTS_PER_TURN)) resolve();
    if (this.#waiting.length > 0) this.#scheduleTurn();
  }
}
