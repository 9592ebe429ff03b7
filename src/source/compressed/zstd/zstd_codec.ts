import { type ByteSource, TextError } from "../../text_source.ts";
import { type Codec, DamagedBlock, type ScanOptions, type UnpackedBlock } from "../codec.ts";
import { UnpackThreads } from "../unpack_threads.ts";
import { lowXxh64 } from "./xxh64.ts";
import { type Batch, batches, damagedAt, within, WRONG_CHECKSUM } from "./zstd_batches.ts";
import { NotSeekable } from "./zstd_frames.ts";
import { hasZstd, NO_ZSTD, ZSTD_REMEDY } from "./zstd_runtime.ts";
import { unpackBlock } from "./zstd_unpack.ts";

/** A smaller file is unpacked sooner by the thread that reads it: other threads take time to start. */
export const THREADS_FROM_BYTES: number = 4 * 1024 * 1024;

// What is unpacked ahead of the receiver, read or unpacked; one batch if that is larger.
const AHEAD_BYTES = 12 * 1024 * 1024;

/**
 * zstd's seekable format, and files of several frames without a seek table.
 *
 * - A seek table lists all frames before it, in order; otherwise it is not used. Entries without text are skippable or empty frames; they
 *   are checked too, so that a wrong entry hides no text.
 * - An entry is one frame: what follows it in its bytes is damage.
 * - A checksum of the seek table is compared with that at the end of its frame, which zstd compares with the text;
 *   if the frame has none, with the text.
 */
export const zstdCodec: Codec = { name: "zstd", scan, unpack: unpackBlock };

async function* scan(
  stored: ByteSource,
  { signal }: ScanOptions = {},
): AsyncGenerator<UnpackedBlock, void> {
  assertAvailable(stored.name);
  try {
    await using threads = stored.size < THREADS_FROM_BYTES ? undefined : new UnpackThreads();
    const aheadBytes = threads === undefined ? 0 : AHEAD_BYTES;
    const ahead: Batch[] = [];
    let bytes = 0;
    for await (const batch of batches(stored, threads, signal)) {
      ahead.push(batch);
      bytes += batch.bytes;
      while (bytes > aheadBytes && ahead.length > 0) {
        const next = ahead.shift()!;
        yield* unpacked(next);
        bytes -= next.bytes;
      }
    }
    for (const next of ahead) yield* unpacked(next);
  } catch (error) {
    throw toTextError(error, stored.name);
  }
}

async function* unpacked(batch: Batch): AsyncGenerator<UnpackedBlock, void> {
  const { blocks, checksums } = batch;
  const texts = await within(blocks[0]!.storedOffset, () => batch.texts);
  for (const [i, block] of blocks.entries()) {
    const text = texts[i]!;
    const checksum = checksums[i];
    if (checksum !== undefined && checksum !== lowXxh64(text)) {
      throw damagedAt(block.storedOffset, WRONG_CHECKSUM);
    }
    yield { ...block, text, window: undefined };
  }
}

function toTextError(error: unknown, name: string): unknown {
  if (error instanceof NotSeekable) return new TextError(notSeekable(name, error.message));
  if (!(error instanceof DamagedBlock)) return error;
  const message = `File damaged: ${name} (${error.message}). Restore it from a backup.`;
  return new TextError(message, { cause: error });
}

function notSeekable(name: string, reason: string): string {
  const output = `${name.replace(/\.zst$/, "")}.seekable.zst`;
  return `Cannot read lines: ${name} (${reason}, which cannot be read in the middle). ` +
    `Recompress it with "zstd -dc ${quote(name)} | linesvr compress - -o ${quote(output)}".`;
}

function assertAvailable(fileName: string): void {
  if (hasZstd()) return;
  throw new TextError(`Cannot read lines: ${fileName} (${NO_ZSTD}). ${ZSTD_REMEDY}`);
}

// For a shell.
function quote(path: string): string {
  return /^[\w./@:,+=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
