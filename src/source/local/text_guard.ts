import { WHOLLY_HASHED_MAX_BYTES } from "../fingerprint.ts";
import type { IndexHeader } from "../../index/format/header.ts";
import { TextError } from "../text_error.ts";
import { misfit } from "./misfit.ts";
import {
  sameIdentity,
  sameModification,
  statText,
  TextFile,
  type TextIdentity,
} from "./text_file.ts";

/** How long the text is trusted to be unchanged after it was looked at. */
export const TRUST_MS = 10;

/**
 * Notices that the text changed while it is served.
 *
 * The file's size, times and inode are looked at, at most once in {@linkcode TRUST_MS}, and whenever
 * something was read that will be kept. Where they
 * changed, the content's fingerprint decides whether the text is served on, or never again. But a
 * text that was written to, and is too large to be hashed whole, is never served on: a change between
 * the samples would go unseen.
 *
 * Where the path leads to a copy by now, lines still come from the file that was opened: then that is
 * looked at too.
 */
export class TextGuard {
  readonly #text: TextFile;
  readonly #header: IndexHeader;
  readonly #onError: (error: Error) => void;
  readonly #nowMs: () => number;
  // What the path led to, and what the open file was, when the content was last known to be right.
  #identity: TextIdentity;
  #openIdentity: TextIdentity;
  #trustedUntilMs = -Infinity;
  #error: TextError | undefined;
  #toldMessage: string | undefined;

  /**
   * Makes a guard of one text.
   *
   * @param text the caller closes it
   * @param header the header of its index
   * @param onError called with what `check` throws, but only once for the same in a row
   * @param nowMs a clock that never goes back
   */
  constructor(
    text: TextFile,
    header: IndexHeader,
    onError: (error: Error) => void = () => {},
    nowMs: () => number = () => performance.now(),
  ) {
    this.#text = text;
    this.#onError = onError;
    this.#identity = text.identity;
    this.#openIdentity = text.identity;
    this.#header = header;
    this.#nowMs = nowMs;
  }

  /**
   * Looks at the text where it was not looked at just before.
   *
   * @throws {TextError} where the text is no longer the one that the index is of
   */
  check(): void {
    const nowMs = this.#nowMs();
    if (nowMs < this.#trustedUntilMs) return;
    try {
      this.#compare();
    } catch (error) {
      this.#tell(error);
      throw error;
    }
    this.#toldMessage = undefined;
    this.#trustedUntilMs = nowMs + TRUST_MS;
  }

  /**
   * Looks at the text, however long it is trusted: to be called after something was read that will be
   * kept.
   *
   * @returns whether nobody touched the text since it was looked at last: what was read since is right
   * @throws {TextError} where the text is no longer the one that the index is of
   */
  confirm(): boolean {
    if (this.#isUntouched()) return true;
    this.#trustedUntilMs = -Infinity;
    this.check();
    return false;
  }

  #isUntouched(): boolean {
    return sameIdentity(statText(this.#text.path), this.#identity) && this.#isOpenFileUnchanged();
  }

  #isOpenFileUnchanged(): boolean {
    return this.#identity.inode === this.#openIdentity.inode ||
      sameModification(this.#text.identityNowSync(), this.#openIdentity);
  }

  #tell(error: unknown): void {
    if (!(error instanceof Error) || error.message === this.#toldMessage) return;
    this.#toldMessage = error.message;
    this.#onError(error);
  }

  #compare(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isUntouched()) return;
    using text = TextFile.open(this.#text.path);
    const isCertain = text.bytes <= WHOLLY_HASHED_MAX_BYTES ||
      sameModification(text.identity, this.#identity);
    if (isCertain && misfit(text, this.#header) === undefined) {
      this.#identity = text.identity;
      if (text.identity.inode === this.#openIdentity.inode) this.#openIdentity = text.identity;
      if (this.#isOpenFileUnchanged()) return;
    }
    const how = this.#describeChange(text.identity);
    this.#error = new TextError(
      `Text changed: ${text.path}: ${how}; start the server again, and if a line was edited, run ` +
        `"linesvr index --force" before`,
    );
    throw this.#error;
  }

  #describeChange({ inode, bytes }: TextIdentity): string {
    if (inode !== this.#identity.inode) return "another file is there";
    if (bytes === this.#identity.bytes) return "it was written to or touched";
    return `it has ${bytes} bytes, not ${this.#identity.bytes}`;
  }
}
