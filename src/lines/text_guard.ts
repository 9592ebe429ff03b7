import { WHOLLY_HASHED_MAX_BYTES } from "../text/fingerprint.ts";
import type { IndexHeader } from "../index/header.ts";
import { TextError } from "../text/text_error.ts";
import { misfit } from "./misfit.ts";
import {
  sameIdentity,
  sameModification,
  statText,
  TextFile,
  type TextIdentity,
} from "../text/text_file.ts";

/** How long the text is trusted to be unchanged after it was looked at. */
export const TRUST_MS = 10;

/**
 * Notices that the text changed while it is served.
 *
 * The file's size, times and inode are looked at, at most once in {@linkcode TRUST_MS}. Where they
 * changed, the content's fingerprint decides whether the text is served on, or never again. But a
 * text that was written to, and is too large to be hashed whole, is never served on: a change between
 * the samples would go unseen.
 */
export class TextGuard {
  readonly #path: string;
  readonly #header: IndexHeader;
  readonly #now: () => number;
  #identity: TextIdentity;
  #trustedUntilMs = -Infinity;
  #error: TextError | undefined;

  /**
   * Makes a guard of one text.
   *
   * @param text as it was opened
   * @param header the header of its index
   * @param now milliseconds of a clock that never goes back
   */
  constructor(text: TextFile, header: IndexHeader, now: () => number = () => performance.now()) {
    this.#path = text.path;
    this.#identity = text.identity;
    this.#header = header;
    this.#now = now;
  }

  /**
   * Looks at the text where it was not looked at just before.
   *
   * @throws {TextError} where the text is no longer the one that the index is of
   */
  check(): void {
    const nowMs = this.#now();
    if (nowMs < this.#trustedUntilMs) return;
    if (this.#error !== undefined) throw this.#error;
    this.#compare();
    this.#trustedUntilMs = nowMs + TRUST_MS;
  }

  #compare(): void {
    if (sameIdentity(statText(this.#path), this.#identity)) return;
    using text = TextFile.open(this.#path);
    const isCertain = text.bytes <= WHOLLY_HASHED_MAX_BYTES ||
      sameModification(text.identity, this.#identity);
    if (isCertain && misfit(text, this.#header) === undefined) {
      this.#identity = text.identity;
      return;
    }
    this.#error = new TextError(
      `Text changed: ${this.#path}: it was written to or touched; start the server again, and if a ` +
        `line was edited, run "linesvr index --force" before`,
    );
    throw this.#error;
  }
}
