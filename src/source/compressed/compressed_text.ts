import type { FileIdentity } from "../local/file_identity.ts";
import { TextError, type TextSource } from "../text_source.ts";
import type { BlockTable, KnownBlock } from "./block_table.ts";
import { type Codec, DamagedBlock } from "./codec.ts";
import { THREAD_TURNS } from "./unpack_turns.ts";
import { type Part, THREAD_BLOCKS, type UnpackedBlocks } from "./unpacked_blocks.ts";

/** The largest block that a thread that serves clients unpacks itself, in bytes of text: it takes about half a millisecond. */
export const UNPACKED_IN_PLACE_MAX_BYTES: number = 256 * 1024;

/** The unit in which the text is cached: small enough that most of its blocks are in one block of the file. */
export const COMPRESSED_BLOCK_BYTES: number = 16 * 1024;

/** How much of the text is kept unpacked unless it is said otherwise. */
export const UNPACKED_BYTES_DEFAULT: number = 4 * 1024 * 1024;

/** Unpacks blocks on other threads. */
export interface BlockUnpacker {
  /** Unpacks one block, as {@linkcode Codec.unpack} does. The bytes of `stored` and `window` may be taken away. */
  unpack(
    codec: Codec["name"],
    stored: Uint8Array,
    block: KnownBlock,
    window?: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
}

/** What a compressed text is read with. */
export interface CompressedTextContext {
  /** The file. Disposed of with the text. */
  readonly stored: TextSource;
  /** The size of the text. */
  readonly textBytes: number;
  readonly codec: Codec;
  readonly table: BlockTable;
  /**
   * Unpacks large blocks.
   *
   * @default {every block is unpacked by the thread that reads it}
   */
  readonly unpacker?: BlockUnpacker | undefined;
  /** How much of the text is kept unpacked, in bytes. One block of all texts is kept in any case. */
  readonly unpackedBytes?: number | undefined;
  /** @default {those of this thread} */
  readonly kept?: UnpackedBlocks;
  /** @default {COMPRESSED_BLOCK_BYTES} */
  readonly blockBytes?: number | undefined;
}

/**
 * The text of a compressed file. It is unpacked block by block, and never written to the disk.
 *
 * - A block is what it was when the file was indexed: otherwise reading fails.
 * - Readers of one block wait for the same reading. The blocks that were used last are kept, since several lines are
 *   read from each of them.
 */
export class CompressedText implements TextSource {
  readonly blockBytes: number;
  readonly size: number;
  onUnpacked: (offset: number, bytes: Uint8Array) => void = () => {};
  readonly #context: CompressedTextContext;
  readonly #kept: UnpackedBlocks;
  readonly #keptBytes: number;
  readonly #unpacking = new Map<number, Promise<Uint8Array>>();
  #isClosed = false;

  constructor(context: CompressedTextContext) {
    this.blockBytes = context.blockBytes ?? COMPRESSED_BLOCK_BYTES;
    this.size = context.textBytes;
    this.#context = context;
    this.#keptBytes = context.unpackedBytes ?? UNPACKED_BYTES_DEFAULT;
    this.#kept = context.kept ?? THREAD_BLOCKS;
    this.#kept.join(this.#keptBytes);
  }

  get name(): string {
    return this.#context.stored.name;
  }

  /** Of the file. */
  get identity(): FileIdentity {
    return this.#context.stored.identity;
  }

  get versionStamp(): number | undefined {
    return this.#context.stored.versionStamp;
  }

  /** Of the file as it is stored. */
  fingerprint(signal?: AbortSignal): Promise<Uint8Array> {
    return this.#context.stored.fingerprint(signal);
  }

  check(): void {
    this.#context.stored.check();
  }

  tryRead(into: Uint8Array, offset: number): boolean {
    const end = this.#checkedEnd(into, offset);
    // Nothing is copied before all blocks are there.
    const parts: Part[] = [];
    for (let at = offset; at < end;) {
      const part = this.#kept.find(this, at) ?? this.#tryUnpackAt(at);
      if (part === undefined) return false;
      parts.push(part);
      at = part.textOffset + part.text.length;
    }
    for (const part of parts) copyPart(part, into, offset);
    return true;
  }

  async read(into: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const end = this.#checkedEnd(into, offset);
    // Copied at the end, so that a read that fails changes nothing.
    const parts: Part[] = [];
    for (let at = offset; at < end;) {
      const part = this.#kept.find(this, at) ?? await this.#unpackAt(at, signal);
      signal?.throwIfAborted();
      parts.push(part);
      at = part.textOffset + part.text.length;
    }
    for (const part of parts) copyPart(part, into, offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#kept.leave(this, this.#keptBytes);
    this.#isClosed = true;
    await this.#context.stored[Symbol.asyncDispose]();
  }

  #checkedEnd(into: Uint8Array, offset: number): number {
    const end = offset + into.length;
    if (this.#isClosed) throw new TextError(`Cannot read file: ${this.name} (it is closed).`);
    if (offset >= 0 && end <= this.size) return end;
    throw new TextError(
      `Cannot read file: ${this.name} (bytes ${offset} to ${end} are beyond it).`,
    );
  }

  #tryUnpackAt(textOffset: number): Part | undefined {
    const { table, stored, unpacker } = this.#context;
    const block = table.tryFind(textOffset);
    if (block === undefined || this.#unpacking.has(block.textOffset)) return undefined;
    const isLarge = block.textBytes > UNPACKED_IN_PLACE_MAX_BYTES;
    if (isLarge && unpacker !== undefined) return undefined;
    const window = block.hasWindow ? table.tryReadWindow(block) : undefined;
    if (block.hasWindow && window === undefined) return undefined;
    const bytes = new Uint8Array(block.storedBytes);
    if (!stored.tryRead(bytes, block.storedOffset)) return undefined;
    return this.#keep(block, this.#unpackInPlace(bytes, block, window));
  }

  async #unpackAt(textOffset: number, signal?: AbortSignal): Promise<Part> {
    const { table } = this.#context;
    const block = table.tryFind(textOffset) ?? await table.find(textOffset, signal);
    const { textOffset: start } = block;
    let unpacking = this.#unpacking.get(start);
    if (unpacking === undefined) {
      // Without a signal, since several readers may wait for it.
      const bytes = block.storedBytes + block.textBytes;
      unpacking = THREAD_TURNS.run(bytes, () => this.#unpack(block)).finally(() =>
        this.#unpacking.delete(start)
      );
      this.#unpacking.set(start, unpacking);
    }
    return { textOffset: start, text: await unpacking };
  }

  async #unpack(block: KnownBlock): Promise<Uint8Array> {
    const { codec, stored, table, unpacker } = this.#context;
    const bytes = new Uint8Array(block.storedBytes);
    const [window] = await Promise.all([
      block.hasWindow ? table.readWindow(block) : undefined,
      stored.tryRead(bytes, block.storedOffset) || stored.read(bytes, block.storedOffset),
    ]);
    if (unpacker === undefined || block.textBytes <= UNPACKED_IN_PLACE_MAX_BYTES) {
      return this.#keep(block, this.#unpackInPlace(bytes, block, window)).text;
    }
    const text = await unpacker.unpack(codec.name, bytes, block, window)
      .catch((error) => Promise.reject(this.#toTextError(error, block)));
    return this.#keep(block, this.#checked(text, block)).text;
  }

  #unpackInPlace(bytes: Uint8Array, block: KnownBlock, window?: Uint8Array): Uint8Array {
    try {
      return this.#checked(this.#context.codec.unpack(bytes, block, window), block);
    } catch (error) {
      throw this.#toTextError(error, block);
    }
  }

  #checked(text: Uint8Array, block: KnownBlock): Uint8Array {
    if (text.length === block.textBytes && block.isText(text)) return text;
    throw this.#toTextError(
      new DamagedBlock("it has other content than when it was indexed"),
      block,
    );
  }

  #toTextError(error: unknown, { storedOffset }: KnownBlock): unknown {
    if (!(error instanceof DamagedBlock)) return error;
    const cause = `block at byte ${storedOffset}: ${error.message}`.replaceAll(":", ",");
    return new TextError(
      `File damaged: ${this.name} (${cause}). Restore it from a backup, or compress it again.`,
      { cause: error },
    );
  }

  #keep(block: KnownBlock, text: Uint8Array): Part {
    const part = { textOffset: block.textOffset, text };
    // What was unpacked while the text was closed is not kept.
    if (!this.#isClosed) this.#kept.add(this, part);
    this.onUnpacked(part.textOffset, text);
    return part;
  }
}

function copyPart({ textOffset, text }: Part, into: Uint8Array, offset: number): void {
  const from = Math.max(offset - textOffset, 0);
  const to = Math.min(offset + into.length - textOffset, text.length);
  into.set(text.subarray(from, to), textOffset + from - offset);
}
