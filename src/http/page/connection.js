import { RequestError } from "./server_api.js";

/** @import { FileInfo } from "./server_api.js" */

/**
 * - `ok`: requests are answered.
 * - `lost`: the server cannot be reached; the page asks again at `retryAtMs`.
 * - `changed`: the server refuses to answer, because the file has changed.
 * - `replaced`: the server now serves another file, so this page is out of date for good.
 * - `failed`: the last request failed for another reason; only the user can retry.
 *
 * @typedef {{ readonly kind: "ok" | "replaced" }
 *   | { readonly kind: "lost", readonly retryAtMs: number }
 *   | { readonly kind: "changed" | "failed", readonly reason: string }} ConnectionState
 */

/**
 * @typedef {object} ConnectionOptions
 * @property {string} fingerprint of the file that the page shows
 * @property {() => Promise<FileInfo>} fetchInfo
 * @property {(state: ConnectionState) => void} onChange
 * @property {() => void} retry requests again what has failed
 * @property {{ now(): number, after(delayMs: number, run: () => void): void }} clock
 */

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;

/** Finds out whether the server is there, and still serves the same file, after a request failed. */
export class Connection {
  #options;
  /** @type {ConnectionState} */
  #state = { kind: "ok" };
  #delayMs = FIRST_DELAY_MS;
  #isChecking = false;

  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.#options = options;
  }

  get state() {
    return this.#state;
  }

  /** A request for lines was answered, or nothing that failed is needed any more. */
  succeeded() {
    if (this.#state.kind === "ok" || this.#state.kind === "replaced") return;
    this.#delayMs = FIRST_DELAY_MS;
    this.#become({ kind: "ok" });
  }

  /** @param {RequestError} error */
  failed(error) {
    if (this.#state.kind === "replaced") return;
    switch (error.kind) {
      case "failed":
        return this.#become({ kind: "failed", reason: error.message });
      case "changed":
        this.#become({ kind: "changed", reason: error.message });
        return this.#checkLater();
      case "lost":
        return this.#checkLater();
      case "missing":
        // Either the file was replaced, or the server contradicts itself.
        void this.#check(error.message);
        return;
      default:
        /** @type {never} */ (error.kind);
    }
  }

  #checkLater() {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { clock } = this.#options;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(2 * delayMs, MAX_DELAY_MS);
    if (this.#state.kind !== "changed") {
      this.#become({ kind: "lost", retryAtMs: clock.now() + delayMs });
    }
    clock.after(delayMs, () => {
      this.#isChecking = false;
      void this.#check();
    });
  }

  /** @param {string} [reason] of the failure if the server still serves the same file */
  async #check(reason) {
    /** @type {FileInfo} */
    let info;
    try {
      info = await this.#options.fetchInfo();
    } catch (error) {
      const hasChanged = error instanceof RequestError && error.kind === "changed";
      if (hasChanged) this.#become({ kind: "changed", reason: error.message });
      return this.#checkLater();
    }
    if (info.fingerprint !== this.#options.fingerprint) return this.#become({ kind: "replaced" });
    if (reason !== undefined) return this.#become({ kind: "failed", reason });
    // While the file has changed, only an answer with lines shows that the server has recovered.
    if (this.#state.kind === "lost") this.succeeded();
    this.#options.retry();
  }

  /** @param {ConnectionState} state */
  #become(state) {
    this.#state = state;
    this.#options.onChange(state);
  }
}
