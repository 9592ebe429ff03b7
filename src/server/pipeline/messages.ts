import type { Request } from "../../protocol/request.ts";
import type { ReplySink } from "./reply_sink.ts";

/** What the pipeline needs of a client. */
export interface PipelineClient {
  /** Whether it may stop the server. */
  readonly mayShutDown: boolean;
  /** Collects the replies to its chunk in the pipeline. */
  readonly replies: ReplySink;
  /** Whether `end` was called. */
  readonly isEnding: boolean;
  /** Decodes what it sent; null at the end of its stream. */
  decode(bytes: Uint8Array | null): Request[];
  /** Ends the connection once the replies are sent: nothing more is answered. */
  end(): void;
  /** Sends replies, then reads on. */
  send(replies: Uint8Array | ReadableStream<Uint8Array>): void;
  /** Ends the connection because something went wrong. */
  fail(error: unknown): void;
}

/** What a client sent; null at the end of its stream. */
export interface Chunk {
  readonly client: PipelineClient;
  readonly bytes: Uint8Array | null;
}

/** What a client asked for. */
export interface Commands {
  readonly client: PipelineClient;
  readonly requests: readonly Request[];
}

/** What goes back to a client: bytes, or a stream if they have to be waited for. */
export interface Replies {
  readonly client: PipelineClient;
  readonly body: Uint8Array | ReadableStream<Uint8Array>;
}
