import { crc32 } from "node:zlib";
import { DamagedBlock } from "../codec.ts";
import { readHeader, TRAILER_BYTES } from "./gzip_header.ts";
import type { Inflater } from "./inflater.ts";

/** A part of the text of a gzip file. */
export interface GzipSpan {
  /** Offset in the stored bytes of its first bit, in bits. */
  readonly startBit: number;
  /** Offset after its last bit. */
  readonly endBit: number;
  /** It belongs to the receiver. */
  readonly text: Uint8Array;
  /** The text before it, as far as it refers to it. */
  readonly window: Uint8Array | undefined;
}

/** A place within a member where a block of DEFLATE begins. */
export interface GzipStart {
  /** How many bits of the first byte come before it: 0 to 7. */
  readonly skippedBits: number;
  /** The text before it, as far as it refers to it. */
  readonly window: Uint8Array | undefined;
}

/** Where in the file a {@linkcode GzipDecoder} is. */
type Place = "header" | "deflate" | "trailer" | "padding";

/** Why a file is damaged whose end is missing. */
export const ENDS_EARLY = "it ends early";

/** Why a span cannot be decoded that is longer than is allowed. */
export const SPAN_TOO_LONG = "a block is too long";

/**
 * Decodes the members of a gzip file, as stored bytes come in. It does not wait and does not read: the caller gives it
 * the bytes.
 *
 * The lengths and checksums of all members are checked whose beginning it has seen.
 */
export class GzipDecoder {
  readonly #inflater: Inflater;
  readonly #textMaxBytes: number;
  #place: Place = "header";
  #isFirstMember = true;
  // What of the stored bytes is in the input of the inflater.
  #inputOffset = 0;
  #inputBytes = 0;
  #isLast = false;
  #skippedBits = 0;
  // Of the span.
  #startBit = 0;
  #endBit = 0;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  // Of the member.
  #crc: number | undefined;
  #memberBytes = 0;
  // How many bytes of the text in the inflater the two above include.
  #countedBytes = 0;

  /**
   * @param inflater nobody else may use it until the last span was taken
   * @param textMaxBytes how long a span may be
   * @param start where the stored bytes begin, if it is not at the beginning of a member
   */
  constructor(inflater: Inflater, textMaxBytes: number, start?: GzipStart) {
    this.#inflater = inflater;
    this.#textMaxBytes = textMaxBytes;
    inflater.begin(start?.window);
    if (start === undefined) return;
    this.#place = "deflate";
    this.#startBit = this.#skippedBits = start.skippedBits;
  }

  /** How long the span is up to here, in stored bytes. */
  get storedBytes(): number {
    return (this.#bit - this.#startBit) / 8;
  }

  /** Makes room for more stored bytes. At least one byte can be set in it. */
  makeRoom(): Uint8Array {
    const { input } = this.#inflater;
    const bit = this.#inputBit;
    const usedBytes = bit >>> 3;
    input.copyWithin(0, usedBytes, this.#inputBytes);
    this.#inputOffset += usedBytes;
    this.#setInput(this.#inputBytes - usedBytes, bit & 7);
    return input.subarray(this.#inputBytes);
  }

  /** Says that `bytes` bytes were set in the room, and whether they are the last ones. */
  add(bytes: number, isLast: boolean): void {
    this.#isLast = isLast;
    this.#setInput(this.#inputBytes + bytes, this.#inputBit + this.#skippedBits);
    this.#skippedBits = 0;
  }

  /**
   * Decodes what it has.
   *
   * @param enoughBytes how much text is enough to end a span at the next end of a block
   * @returns "span ended": call {@linkcode takeSpan}, then this again
   * @throws {DamagedBlock} if the file is damaged
   */
  run(enoughBytes: number): "needs input" | "span ended" | "file ended" {
    for (;;) {
      switch (this.#place) {
        case "header": {
          const end = this.#readHeader();
          if (end !== undefined) return end;
          break;
        }
        case "padding":
          return this.#skipPadding();
        case "trailer": {
          const end = this.#checkTrailer();
          if (end !== undefined) return end;
          break;
        }
        case "deflate": {
          const end = this.#inflate(enoughBytes);
          if (end !== undefined) return end;
          break;
        }
      }
    }
  }

  /**
   * Decodes stored bytes up to the end of the first block where there is enough text, or to their end.
   *
   * @throws {DamagedBlock} if they are damaged, or their last member ends early
   */
  decodeAll(stored: Uint8Array, enoughBytes: number): Uint8Array {
    let at = 0;
    while (this.run(enoughBytes) === "needs input") {
      const room = this.makeRoom();
      const bytes = Math.min(room.length, stored.length - at);
      room.set(stored.subarray(at, at + bytes));
      at += bytes;
      this.add(bytes, at === stored.length);
    }
    return this.#takeText();
  }

  /** The text since the last span. */
  takeSpan(): GzipSpan {
    const startBit = this.#startBit;
    const endBit = this.#endBit;
    const window = this.#inflater.references;
    const text = this.#takeText();
    this.#inflater.beginSpan();
    this.#startBit = endBit;
    return { startBit, endBit, text, window };
  }

  #inflate(enoughBytes: number): "needs input" | "span ended" | undefined {
    const status = this.#inflater.run(Math.max(0, enoughBytes - this.#chunkBytes));
    switch (status) {
      case "needs input":
        return "needs input";
      case "ends early":
        throw new DamagedBlock(ENDS_EARLY);
      case "invalid":
        throw new DamagedBlock("invalid compressed data");
    }
    this.#count();
    if (status === "output full") {
      this.#keepText();
      return undefined;
    }
    this.#endBit = this.#bit;
    if (status === "stream ended") {
      this.#place = "trailer";
      return this.#textBytes >= enoughBytes ? "span ended" : undefined;
    }
    return "span ended";
  }

  #readHeader(): "needs input" | "file ended" | undefined {
    const bytes = this.#unused();
    const isMember = this.#isFirstMember || bytes.length > 0 && bytes[0] !== 0;
    if (!isMember) {
      if (bytes.length === 0) return this.#isLast ? "file ended" : "needs input";
      this.#place = "padding";
      return undefined;
    }
    const header = readHeader(bytes);
    if (header === undefined) return this.#needInput();
    this.#use(header.bytes);
    this.#isFirstMember = false;
    this.#crc = 0;
    this.#memberBytes = 0;
    this.#place = "deflate";
    // A span begins at a block: what is before the first one is skipped.
    if (this.#textBytes === 0) {
      this.#inflater.beginSpan();
      this.#countedBytes = 0;
      this.#startBit = this.#bit;
    }
    this.#inflater.beginStream(this.#inputBit);
    return undefined;
  }

  // Tapes and other devices fill their blocks with zeros.
  #skipPadding(): "needs input" | "file ended" {
    const bytes = this.#unused();
    if (bytes.some((byte) => byte !== 0)) throw new DamagedBlock("garbage after its end");
    this.#use(bytes.length);
    return this.#isLast ? "file ended" : "needs input";
  }

  #checkTrailer(): "needs input" | undefined {
    const bytes = this.#unused();
    if (bytes.length < TRAILER_BYTES) return this.#needInput();
    const trailer = new DataView(bytes.buffer, bytes.byteOffset, TRAILER_BYTES);
    if (this.#crc !== undefined) {
      if (trailer.getUint32(0, true) !== this.#crc) {
        throw new DamagedBlock("its text fails its checksum");
      }
      if (trailer.getUint32(4, true) !== this.#memberBytes % 2 ** 32) {
        throw new DamagedBlock("its text has another length than it says");
      }
    }
    this.#use(TRAILER_BYTES);
    this.#place = "header";
    return undefined;
  }

  #needInput(): "needs input" {
    if (this.#isLast) throw new DamagedBlock(ENDS_EARLY);
    return "needs input";
  }

  get #textBytes(): number {
    return this.#chunkBytes + this.#countedBytes;
  }

  // Adds new text to what is known of the member.
  #count(): void {
    const added = this.#inflater.text.subarray(this.#countedBytes);
    if (this.#crc !== undefined) this.#crc = crc32(added, this.#crc);
    this.#memberBytes += added.length;
    this.#countedBytes += added.length;
    if (this.#textBytes > this.#textMaxBytes) throw new DamagedBlock(SPAN_TOO_LONG);
  }

  #keepText(): void {
    this.#chunks.push(this.#inflater.text.slice());
    this.#chunkBytes += this.#countedBytes;
    this.#countedBytes = 0;
    this.#inflater.slide();
  }

  #takeText(): Uint8Array {
    const last = this.#inflater.text;
    const chunks = this.#chunks;
    const text = new Uint8Array(this.#textBytes);
    let at = 0;
    for (const chunk of [...chunks, last]) {
      text.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    this.#chunkBytes = this.#countedBytes = 0;
    return text;
  }

  get #inputBit(): number {
    return this.#inflater.inputBit;
  }

  // From the first of all stored bytes.
  get #bit(): number {
    return this.#inputOffset * 8 + this.#inputBit;
  }

  // The bytes of the input after the one that was begun.
  #unused(): Uint8Array {
    return this.#inflater.input.subarray((this.#inputBit + 7) >>> 3, this.#inputBytes);
  }

  #use(bytes: number): void {
    this.#setInput(this.#inputBytes, (((this.#inputBit + 7) >>> 3) + bytes) * 8);
  }

  #setInput(bytes: number, bit: number): void {
    this.#inputBytes = bytes;
    this.#inflater.setInput(bytes, bit, this.#isLast);
  }
}
