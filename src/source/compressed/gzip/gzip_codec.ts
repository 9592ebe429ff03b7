import {
  type Block,
  BLOCK_TEXT_MAX_BYTES,
  type Codec,
  DamagedBlock,
  type ScanOptions,
  type UnpackedBlock,
} from "../codec.ts";
import { damagedFile, unreadableFile } from "../damaged_file.ts";
import { GzipDecoder, type GzipSpan, SPAN_TOO_LONG } from "./gzip_decoder.ts";
import { Inflater } from "./inflater.ts";
import { packWindow, unpackWindow } from "./window_packing.ts";
import type { ByteSource } from "../../text_source.ts";

/** How much text a span has: it ends at the end of the next block of DEFLATE. */
export const SPAN_TEXT_BYTES: number = 1024 * 1024;

// A span also ends if it is that long in the file, so that one with little text can be unpacked in memory.
const SPAN_STORED_BYTES: number = 4 * 1024 * 1024;

// Of this thread. Unpacking does not wait, so nobody else uses it meanwhile.
let shared: Inflater | undefined;

/**
 * Files of gzip, of any number of members. A block is a span of about {@linkcode SPAN_TEXT_BYTES} of text, which
 * begins at the beginning of a block of DEFLATE. It may contain the end of a member and the beginning of the next.
 */
export const gzipCodec: Codec = { name: "gzip", scan, unpack };

async function* scan(
  stored: ByteSource,
  { signal }: ScanOptions = {},
): AsyncGenerator<UnpackedBlock, void> {
  // An inflater of its own: others run while the caller of the generator has a block.
  const decoder = new GzipDecoder(new Inflater(), BLOCK_TEXT_MAX_BYTES);
  let readTo = 0;
  let textOffset = 0;
  for (;;) {
    const end = decodeFile(decoder, stored.name);
    if (end === "needs input") {
      const room = decoder.makeRoom();
      const into = room.subarray(0, Math.min(room.length, stored.size - readTo));
      signal?.throwIfAborted();
      if (!stored.tryRead(into, readTo)) await stored.read(into, readTo, signal);
      readTo += into.length;
      decoder.add(into.length, readTo === stored.size);
      continue;
    }
    const block = blockOf(decoder.takeSpan(), textOffset);
    textOffset += block.textBytes;
    if (block.textBytes > 0) yield block;
    if (end === "file ended") return;
  }
}

function decodeFile(decoder: GzipDecoder, name: string): ReturnType<GzipDecoder["run"]> {
  try {
    return decoder.run(decoder.storedBytes < SPAN_STORED_BYTES ? SPAN_TEXT_BYTES : 0);
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error;
    if (error.message !== SPAN_TOO_LONG) throw damagedFile(name, error.message);
    const cause = "it has a part of more than 64 MiB that cannot be unpacked in parts";
    throw unreadableFile(name, cause);
  }
}

function blockOf({ startBit, endBit, text, window }: GzipSpan, textOffset: number): UnpackedBlock {
  const storedOffset = Math.floor(startBit / 8);
  return {
    textOffset,
    textBytes: text.length,
    storedOffset,
    storedBytes: Math.ceil(endBit / 8) - storedOffset,
    skippedBits: startBit % 8,
    text,
    window: window && packWindow(window),
  };
}

function unpack(
  stored: Uint8Array,
  { textBytes, skippedBits }: Block,
  window?: Uint8Array,
): Uint8Array {
  shared ??= new Inflater();
  const start = { skippedBits, window: window && unpackWindow(window) };
  const decoder = new GzipDecoder(shared, textBytes, start);
  const text = decoder.decodeAll(stored, textBytes);
  if (text.length !== textBytes) {
    throw new DamagedBlock("its text has another length than the index says");
  }
  return text;
}
