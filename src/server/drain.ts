import { type Connection, DRAIN_QUIET_SWEEPS } from "./connection.ts";

/**
 * How many sockets the event loop attends to at least in one turn. As long as others send, who was not read
 * of yet is not silent.
 */
export const SOCKETS_PER_TURN_MIN = 8;

/**
 * Ends the connections of a server that shuts down, each when it was sent what it is owed.
 *
 * A client has said all when nothing came of it in some sweeps: in few where no client did or awaited
 * anything, in more where the server was busy with others, because each sweep is one turn of the event loop
 * then.
 */
export class Drain {
  readonly #connections: ReadonlySet<Connection>;
  readonly #timeoutMs: number;
  #transferCount = 0;
  // How many in a row found that no client did or awaited anything.
  #quietSweeps = 0;
  #givenUp = 0;

  /**
   * Begins with connections that were told to drain.
   *
   * @param connections those that are not closed yet
   * @param timeoutMs how long a client may take nothing of what it is owed
   */
  constructor(connections: ReadonlySet<Connection>, timeoutMs: number) {
    this.#connections = connections;
    this.#timeoutMs = timeoutMs;
  }

  /** How many clients were closed because they took nothing. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Ends those that can be ended. To be called by a timer, until there are none. */
  sweep(): void {
    const turns = this.#isQuiet() ? 0 : Math.ceil(this.#connections.size / SOCKETS_PER_TURN_MIN);
    for (const connection of this.#connections) {
      connection.endIfDrained(DRAIN_QUIET_SWEEPS + turns);
      if (connection.closeIfIdle(this.#timeoutMs)) this.#givenUp++;
    }
  }

  #isQuiet(): boolean {
    let transferCount = 0;
    let isAnswering = false;
    for (const connection of this.#connections) {
      transferCount += connection.transfers;
      isAnswering ||= connection.isAnswering;
    }
    const isBusy = isAnswering || transferCount !== this.#transferCount;
    this.#quietSweeps = isBusy ? 0 : this.#quietSweeps + 1;
    this.#transferCount = transferCount;
    return this.#quietSweeps >= DRAIN_QUIET_SWEEPS;
  }
}
