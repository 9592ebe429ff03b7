/**
 * The seek table of zstd's seekable format, version 0.1.0: a skippable frame at the end of a file that lists the
 * frames before it. To programs that do not know the format, it is a file of several frames.
 *
 * @module
 */
import type { ByteSource } from "../../text_source.ts";
import { DamagedBlock } from "../codec.ts";
import { SKIPPABLE_HEAD_BYTES, u32 } from "./zstd_frame.ts";

/** The most frames that the format allows. */
export const TABLE_FRAMES_MAX = 0x8000000;

const TABLE_MAGIC = 0x184d2a5e;
const FOOTER_MAGIC = 0x8f92eab1;
const FOOTER_BYTES = 9;
const CHECKSUM_FLAG = 0x80;
const RESERVED_BITS = 0x7c;
const ENTRY_BYTES = 8;
const CHECKED_ENTRY_BYTES = 12;
// Entries are read in pieces: a table may be larger than the memory.
const PIECE_ENTRIES = 16 * 1024;

/** What a seek table says of a frame. */
export interface TableEntry {
  readonly storedBytes: number;
  /** The size of its text; 0 for skippable frames. */
  readonly textBytes: number;
  /** The lowest 32 bits of the XXH64 of its text; undefined if the table has no checksums. */
  readonly checksum: number | undefined;
}

/** Where a seek table is. */
export interface SeekTable {
  /** Where its frame begins: the listed frames end there. */
  readonly offset: number;
  readonly frames: number;
  readonly entryBytes: number;
}

/**
 * Finds the seek table of a file.
 *
 * @returns undefined if the file does not end with one
 * @throws {DamagedBlock} if it ends as a table does, but the table is damaged
 */
export async function findSeekTable(
  stored: ByteSource,
  signal?: AbortSignal,
): Promise<SeekTable | undefined> {
  if (stored.size < SKIPPABLE_HEAD_BYTES + FOOTER_BYTES) return undefined;
  const footer = await readBytes(stored, stored.size - FOOTER_BYTES, FOOTER_BYTES, signal);
  if (u32(footer, 5) !== FOOTER_MAGIC) return undefined;
  const frames = u32(footer, 0);
  const descriptor = footer[4]!;
  if ((descriptor & RESERVED_BITS) !== 0) throw new DamagedBlock("unknown kind of seek table");
  const hasChecksums = (descriptor & CHECKSUM_FLAG) !== 0;
  const entryBytes = hasChecksums ? CHECKED_ENTRY_BYTES : ENTRY_BYTES;
  const content = frames * entryBytes + FOOTER_BYTES;
  const offset = stored.size - SKIPPABLE_HEAD_BYTES - content;
  if (frames > TABLE_FRAMES_MAX || offset < 0) throw damagedTable();
  const head = await readBytes(stored, offset, SKIPPABLE_HEAD_BYTES, signal);
  if (u32(head, 0) !== TABLE_MAGIC || u32(head, 4) !== content) throw damagedTable();
  return { offset, frames, entryBytes };
}

/**
 * Reads the entries of a seek table in order, in bounded memory.
 *
 * @throws {DamagedBlock} if the listed frames are longer than what is before the table: before the first entry that
 * does not fit
 */
export async function* tableEntries(
  stored: ByteSource,
  table: SeekTable,
  signal?: AbortSignal,
): AsyncGenerator<TableEntry, void> {
  const { frames, entryBytes } = table;
  const start = table.offset + SKIPPABLE_HEAD_BYTES;
  let listed = 0;
  for (let first = 0; first < frames; first += PIECE_ENTRIES) {
    const count = Math.min(PIECE_ENTRIES, frames - first);
    const piece = await readBytes(stored, start + first * entryBytes, count * entryBytes, signal);
    for (let at = 0; at < piece.length; at += entryBytes) {
      const storedBytes = u32(piece, at);
      listed += storedBytes;
      if (storedBytes === 0 || listed > table.offset) throw damagedTable();
      yield {
        storedBytes,
        textBytes: u32(piece, at + 4),
        checksum: entryBytes === ENTRY_BYTES ? undefined : u32(piece, at + 8),
      };
    }
  }
}

/**
 * Whether a seek table lists everything before it. That of a file of several, one after the other, does not: it
 * lists the frames of the last one.
 *
 * @throws {DamagedBlock} (as a rejection) as {@linkcode tableEntries} does
 */
export async function listsAll(
  stored: ByteSource,
  table: SeekTable,
  signal?: AbortSignal,
): Promise<boolean> {
  let listed = 0;
  for await (const { storedBytes } of tableEntries(stored, table, signal)) listed += storedBytes;
  return listed === table.offset;
}

/** Collects the entries of a seek table with checksums: 12 bytes for each frame. */
export class SeekTableWriter {
  readonly #pieces: Uint8Array[] = [];
  #frames = 0;

  get frames(): number {
    return this.#frames;
  }

  add(storedBytes: number, textBytes: number, checksum: number): void {
    const at = this.#frames % PIECE_ENTRIES;
    if (at === 0) this.#pieces.push(new Uint8Array(PIECE_ENTRIES * CHECKED_ENTRY_BYTES));
    const view = new DataView(this.#pieces.at(-1)!.buffer, at * CHECKED_ENTRY_BYTES);
    view.setUint32(0, storedBytes, true);
    view.setUint32(4, textBytes, true);
    view.setUint32(8, checksum, true);
    this.#frames++;
  }

  /** The skippable frame, in pieces. */
  *encode(): Generator<Uint8Array, void> {
    let left = this.#frames * CHECKED_ENTRY_BYTES;
    const head = new DataView(new ArrayBuffer(SKIPPABLE_HEAD_BYTES));
    head.setUint32(0, TABLE_MAGIC, true);
    head.setUint32(4, left + FOOTER_BYTES, true);
    yield new Uint8Array(head.buffer);
    for (const piece of this.#pieces) {
      yield piece.subarray(0, left);
      left -= piece.length;
    }
    const footer = new DataView(new ArrayBuffer(FOOTER_BYTES));
    footer.setUint32(0, this.#frames, true);
    footer.setUint8(4, CHECKSUM_FLAG);
    footer.setUint32(5, FOOTER_MAGIC, true);
    yield new Uint8Array(footer.buffer);
  }
}

/** Reads a part of a source into new memory. */
export async function readBytes(
  stored: ByteSource,
  offset: number,
  bytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const into = new Uint8Array(bytes);
  if (!stored.tryRead(into, offset)) await stored.read(into, offset, signal);
  return into;
}

function damagedTable(): DamagedBlock {
  return new DamagedBlock("its seek table does not match its frames");
}
