/**
 * A log of several that may see the same: what one of them has said last is not said again by another.
 *
 * @example
 * ```ts
 * import { SharedLog } from "./shared_log.ts";
 *
 * const log = new SharedLog((message) => console.log(message));
 * const [one, other] = [log.open(), log.open()];
 * one("Text changed"); // Text changed
 * other("Text changed"); // nothing
 * one("Text changed"); // Text changed: it happened again
 * ```
 */
export class SharedLog {
  readonly #write: (message: string) => void;
  #lastMessage: string | undefined;
  #lastSpeaker = 0;
  #speakers = 0;

  /**
   * Makes a log in which nothing was said.
   *
   * @param write told what is to be said, in one line
   */
  constructor(write: (message: string) => void) {
    this.#write = write;
  }

  /** Gives one of them its way to say something. */
  open(): (message: string) => void {
    const speaker = ++this.#speakers;
    return (message) => this.#say(message, speaker);
  }

  #say(message: string, speaker: number): void {
    if (message === this.#lastMessage && speaker !== this.#lastSpeaker) return;
    this.#lastMessage = message;
    this.#lastSpeaker = speaker;
    this.#write(message);
  }
}
