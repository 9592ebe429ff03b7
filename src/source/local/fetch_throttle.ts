/**
 * For how many lines a thread waits in a span of {@linkcode FETCH_SPAN_MS} at most, while others are
 * served from memory: a sixth of the time, where the disk takes a tenth of a millisecond.
 */
export const FETCHES_PER_SPAN = 2;

/** How long a span lasts at least, in milliseconds; timers make it longer by up to one or so. */
export const FETCH_SPAN_MS = 1;

/** For how long it is counted who is served, in milliseconds, before it is decided anew. */
export const FETCH_LOOK_MS = 100;

// With fewer lines from memory for each that is fetched there is hardly anybody to be held up.
const AT_HAND_PER_FETCH_MIN = 1 / 8;

/** A fetch that was put off. */
interface Waiting {
  /** Whether it has not been done by another meanwhile. */
  readonly isMissing: () => boolean;
  /** Lets it pass. */
  readonly pass: () => void;
}

/**
 * Keeps those who wait for the disk from holding up those who need not: lets a few fetches pass in each
 * span of time, in their order. Where nearly all is fetched, all pass at once.
 *
 * It waits by timers, and leaves time between them: the event loop hardly attends to sockets while
 * something is always due at once.
 *
 * @example
 * ```ts
 * import { FETCHES_PER_SPAN, FetchThrottle } from "./fetch_throttle.ts";
 *
 * const throttle = new FetchThrottle();
 * for (let i = 0; i < FETCHES_PER_SPAN; i++) await throttle.pass(() => true); // at once
 * await throttle.pass(() => true); // a millisecond later
 * ```
 */
export class FetchThrottle {
  readonly #nowMs: () => number;
  readonly #waiting: Waiting[] = [];
  #atHandCount = 0;
  #fetchCount = 0;
  #isNeeded = true;
  #lookedMs: number;
  #spanBegunMs = -Infinity;
  #passedCount = 0;

  /**
   * Makes one for a thread, which limits at first.
   *
   * @param nowMs the clock
   */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#lookedMs = nowMs();
  }

  /** Notes that a line was served without a wait. */
  noteAtHand(): void {
    this.#atHandCount++;
  }

  /**
   * Resolves when the caller may fetch a line: at once where few did lately, or nobody is held up.
   *
   * @param isMissing whether it still has to be fetched: what another has fetched meanwhile passes at once
   */
  async pass(isMissing: () => boolean): Promise<void> {
    this.#fetchCount++;
    const nowMs = this.#nowMs();
    if (this.#waiting.length === 0 && nowMs >= this.#spanBegunMs + FETCH_SPAN_MS) {
      this.#beginSpan(nowMs);
    }
    if (!isMissing()) return;
    if (this.#passedCount < this.#limit) {
      this.#passedCount++;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ isMissing, pass: resolve });
    if (this.#waiting.length === 1) this.#waitForSpan();
    await promise;
  }

  get #limit(): number {
    return this.#isNeeded ? FETCHES_PER_SPAN : Infinity;
  }

  #waitForSpan(): void {
    setTimeout(() => this.#letPass(), FETCH_SPAN_MS);
  }

  #letPass(): void {
    this.#beginSpan(this.#nowMs());
    let count = 0;
    for (; count < this.#waiting.length && this.#passedCount < this.#limit; count++) {
      if (this.#waiting[count]!.isMissing()) this.#passedCount++;
    }
    const passing = this.#waiting.splice(0, count);
    if (this.#waiting.length > 0) this.#waitForSpan();
    for (const { pass } of passing) pass();
  }

  #beginSpan(nowMs: number): void {
    this.#spanBegunMs = nowMs;
    this.#passedCount = 0;
    if (nowMs < this.#lookedMs + FETCH_LOOK_MS) return;
    this.#isNeeded = this.#atHandCount > this.#fetchCount * AT_HAND_PER_FETCH_MIN;
    this.#lookedMs = nowMs;
    this.#atHandCount = 0;
    this.#fetchCount = 0;
  }
}
