/** Tells whether the event loop has gone on since a moment, after which only promises may have been resolved. */
export class EventLoopProbe implements AsyncDisposable {
  #hadTurn = false;
  readonly #turn: Promise<void>;

  constructor() {
    this.#turn = new Promise((resolve) => {
      setTimeout(() => {
        this.#hadTurn = true;
        resolve();
      }, 0);
    });
  }

  get hadTurn(): boolean {
    return this.#hadTurn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
  }
}
