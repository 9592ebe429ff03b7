import { assertLineNumber } from "./line_number.ts";
import type { LineAsker, LineRequest, Outcome } from "./line_request.ts";

/** Which lines are asked for; their numbers can come as they are found. */
export type LineNumbers = Iterable<number> | AsyncIterable<number>;

/** How lines are asked for ahead. */
export interface OrderedLinesOptions {
  /** How many numbers are taken ahead of the lines that were given, at most; 1 or more. */
  readonly aheadMax: number;
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lines in the order of their numbers, some of them asked for ahead.
 *
 * - A line is given as soon as it and those before it have come, however slow the numbers come.
 * - What fails is thrown in its place, behind the lines before it; that ends the iteration.
 * - A line costs no promise but the iteration's own.
 */
export class OrderedLines {
  readonly #asker: LineAsker;
  readonly #numbers: Iterator<number> | AsyncIterator<number>;
  readonly #areNumbersAsync: boolean;
  readonly #aheadMax: number;
  readonly #signal: AbortSignal | undefined;
  readonly #ahead: AheadLine[] = [];
  readonly #onChange = () => this.#wake();
  #wake = () => {};
  #isPulling = false;
  // Whether no more lines will be asked for, and whether the numbers have ended by themselves.
  #isAllAsked = false;
  #haveNumbersEnded = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * Asks for nothing yet.
   *
   * @param asker Whom the lines are asked of.
   * @param numbers Their numbers, 1 to 2^53 - 1.
   * @param options How they are asked for ahead.
   */
  constructor(asker: LineAsker, numbers: LineNumbers, { aheadMax, signal }: OrderedLinesOptions) {
    this.#asker = asker;
    this.#areNumbersAsync = Symbol.asyncIterator in numbers;
    this.#numbers = Symbol.asyncIterator in numbers
      ? numbers[Symbol.asyncIterator]()
      : numbers[Symbol.iterator]();
    this.#aheadMax = aheadMax;
    this.#signal = signal;
  }

  /** Gives the lines, once; `undefined` in place of one that does not exist. */
  async *take(): AsyncGenerator<Uint8Array<ArrayBuffer> | undefined, void, void> {
    this.#signal?.addEventListener("abort", this.#onChange);
    try {
      for (;;) {
        // Not one by one, so that many requests leave in one write.
        if (this.#ahead.length <= this.#aheadMax / 2) this.#askAhead();
        if (!this.#isNextKnown) await this.#untilNextIsKnown();
        this.#signal?.throwIfAborted();
        const line = this.#ahead.shift();
        if (line === undefined) break;
        if (line.outcome instanceof Error) throw line.outcome;
        yield line.outcome;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
    } finally {
      this.#signal?.removeEventListener("abort", this.#onChange);
      await this.#abandon();
    }
  }

  get #isNextKnown(): boolean {
    const next = this.#ahead[0];
    return next === undefined ? this.#isAllAsked : next.isSettled;
  }

  async #untilNextIsKnown(): Promise<void> {
    while (!this.#isNextKnown && !this.#signal?.aborted) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  #askAhead(): void {
    while (!this.#isPulling && !this.#isAllAsked && this.#ahead.length < this.#aheadMax) {
      if (this.#areNumbersAsync) this.#pull();
      else this.#pullNow();
    }
  }

  #pullNow(): void {
    try {
      this.#ask(this.#numbers.next() as IteratorResult<number>);
    } catch (error) {
      this.#fail(error);
    }
  }

  // Never rejects: what fails is thrown to whom takes the lines.
  async #pull(): Promise<void> {
    this.#isPulling = true;
    try {
      const result = await this.#numbers.next();
      if (!this.#isAllAsked) this.#ask(result);
    } catch (error) {
      this.#fail(error);
    }
    this.#isPulling = false;
    this.#askAhead();
    this.#onChange();
  }

  #ask({ done, value }: IteratorResult<number>): void {
    if (done) {
      this.#isAllAsked = this.#haveNumbersEnded = true;
      return;
    }
    assertLineNumber(value);
    const line = new AheadLine(value, this.#onChange);
    this.#ahead.push(line);
    this.#asker.ask(line);
  }

  #fail(error: unknown): void {
    this.#isAllAsked = true;
    this.#failure = { error };
  }

  async #abandon(): Promise<void> {
    this.#isAllAsked = true;
    for (const line of this.#ahead) {
      line.isAbandoned = true;
      this.#asker.forget(line);
    }
    if (this.#haveNumbersEnded) return;
    const ended = Promise.resolve(this.#numbers.return?.());
    // While a number is on its way, this would wait for it; and nobody is there to be told a failure.
    if (this.#isPulling) ended.catch(() => {});
    else await ended;
  }
}

/** A line that was asked for ahead. */
class AheadLine implements LineRequest {
  isAbandoned = false;
  isSettled = false;
  outcome: Outcome;

  constructor(readonly lineNumber: number, readonly onSettled: () => void) {}

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    this.isSettled = true;
    this.onSettled();
  }
}
