import { oneLine } from "../../protocol/one_line.ts";
import { formatCount } from "../../source/messages.ts";

/** How many messages wait at most while standard error accepts nothing. */
export const QUEUED_MESSAGES_MAX = 1_000;

/** How long the end of the program waits for messages that are not written yet. */
export const FLUSH_TIMEOUT_MS = 500;

/** Where a log writes; `Deno.stderr` is one. */
export interface LogOutput {
  write(bytes: Uint8Array): Promise<number>;
}

interface Entry {
  readonly text: string;
  /** Drawings are not counted if they are dropped. */
  readonly kind: "message" | "drawing";
}

/**
 * Writes one-line messages in order, without blocking the thread, and without failing.
 *
 * - At most one write is in progress: a pipe that nobody reads blocks this write, and nothing else.
 * - At most {@linkcode QUEUED_MESSAGES_MAX} messages wait. A further one replaces the oldest.
 * - A message that cannot be written is dropped. The number of dropped messages is written before the next
 *   message, or by {@linkcode flush}.
 */
export class MessageLog {
  /** Called for each message that is dropped. */
  onDropped: (() => void) | undefined;
  readonly #output: LogOutput;
  readonly #queue: Entry[] = [];
  #writing: Promise<void> | undefined;
  #dropped = 0;
  // Whether the last message was written in part only.
  #isLineOpen = false;

  constructor(output: LogOutput) {
    this.#output = output;
  }

  /** Writes a message; control characters become `?`. */
  log(message: string): void {
    this.#add({ text: `${oneLine(message)}\n`, kind: "message" });
  }

  /** Draws on a terminal, for instance a progress bar. A drawing that still waits is replaced by the next one. */
  draw(text: string): void {
    if (this.#queue.at(-1)?.kind === "drawing") this.#queue.pop();
    this.#add({ text, kind: "drawing" });
  }

  /** Resolves when everything is written or dropped, or the time is over. */
  async flush(timeoutMs: number = FLUSH_TIMEOUT_MS): Promise<void> {
    if (this.#dropped > 0 && this.#writing === undefined) this.#add({ text: "", kind: "drawing" });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, timeoutMs));
    await Promise.race([this.#writing, timeout]);
    clearTimeout(timer);
  }

  #add(entry: Entry): void {
    if (this.#queue.length === QUEUED_MESSAGES_MAX) this.#drop(this.#queue.shift()!);
    this.#queue.push(entry);
    this.#writing ??= this.#writeQueue();
  }

  #drop({ kind }: Entry): void {
    if (kind !== "message") return;
    this.#dropped++;
    this.onDropped?.();
  }

  async #writeQueue(): Promise<void> {
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      const noticed = this.#dropped;
      const text = (this.#isLineOpen ? "\n" : "") + droppedNotice(noticed) + entry.text;
      if (await this.#write(text)) this.#dropped -= noticed;
      else this.#drop(entry);
    }
    this.#writing = undefined;
  }

  // Whether everything was written.
  async #write(text: string): Promise<boolean> {
    const bytes = new TextEncoder().encode(text);
    let done = 0;
    try {
      while (done < bytes.length) done += await this.#output.write(bytes.subarray(done));
      this.#isLineOpen = false;
      return true;
    } catch {
      // There is no other place to report that standard error cannot be written.
      this.#isLineOpen ||= done > 0;
      return false;
    }
  }
}

function droppedNotice(count: number): string {
  if (count === 0) return "";
  const [messages, were] = count === 1 ? ["message", "was"] : ["messages", "were"];
  return `${
    formatCount(count)
  } ${messages} ${were} dropped because standard error could not be written.\n`;
}

/** The log of this process. */
export const stderrLog = new MessageLog(Deno.stderr);
