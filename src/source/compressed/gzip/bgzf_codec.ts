import {
  type Block,
  type Codec,
  DamagedBlock,
  type ScanOptions,
  type UnpackedBlock,
} from "../codec.ts";
import { damagedFile, unreadableFile } from "../damaged_file.ts";
import { ENDS_EARLY, GzipDecoder } from "./gzip_decoder.ts";
import { readHeader } from "./gzip_header.ts";
import { Inflater } from "./inflater.ts";
import type { ByteSource } from "../../text_source.ts";

/** The most text of a member, and the longest member: its size has 16 bits. */
const MEMBER_MAX_BYTES: number = 64 * 1024;

const PIECE_BYTES: number = 1024 * 1024;

const NOT_BGZF = "a part of it is not of BGZF";

// Of this thread. Unpacking does not wait, so nobody else uses it meanwhile.
let shared: Inflater | undefined;

/**
 * Files of BGZF, the blocked gzip of `bgzip`. A block is a member, which has at most 64 KiB of text.
 *
 * The empty member that marks the end of a file is not required: a file without it is complete if its last
 * member is.
 */
export const bgzfCodec: Codec = { name: "bgzf", scan, unpack };

async function* scan(
  stored: ByteSource,
  { signal }: ScanOptions = {},
): AsyncGenerator<UnpackedBlock, void> {
  const piece = new Uint8Array(PIECE_BYTES);
  // What of the file is in the piece, from the next member on.
  let storedOffset = 0;
  let at = 0;
  let heldBytes = 0;
  let textOffset = 0;
  for (;;) {
    const member = nextMember(piece.subarray(at, at + heldBytes), stored.name);
    if (member === undefined) {
      const readTo = storedOffset + heldBytes;
      if (readTo === stored.size) {
        if (heldBytes > 0 || stored.size === 0) throw damagedFile(stored.name, ENDS_EARLY);
        return;
      }
      piece.copyWithin(0, at, at + heldBytes);
      at = 0;
      const room = piece.subarray(heldBytes);
      const into = room.subarray(0, Math.min(room.length, stored.size - readTo));
      signal?.throwIfAborted();
      if (!stored.tryRead(into, readTo)) await stored.read(into, readTo, signal);
      heldBytes += into.length;
      continue;
    }
    const { storedBytes, text } = member;
    if (text.length > 0) {
      const textBytes = text.length;
      yield {
        textOffset,
        textBytes,
        storedOffset,
        storedBytes,
        skippedBits: 0,
        text,
        window: undefined,
      };
    }
    textOffset += text.length;
    storedOffset += storedBytes;
    at += storedBytes;
    heldBytes -= storedBytes;
  }
}

interface Member {
  readonly storedBytes: number;
  readonly text: Uint8Array;
}

// The first member of what is held; undefined if it is not complete.
function nextMember(held: Uint8Array, name: string): Member | undefined {
  try {
    const storedBytes = memberBytes(held);
    if (storedBytes === undefined || storedBytes > held.length) return undefined;
    return { storedBytes, text: unpackMember(held.subarray(0, storedBytes)) };
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error;
    // A file of bgzip, and another file of gzip after it, are a file of gzip.
    throw (error.message === NOT_BGZF ? unreadableFile : damagedFile)(name, error.message);
  }
}

function memberBytes(held: Uint8Array): number | undefined {
  const header = readHeader(held);
  if (header !== undefined && header.bgzfBytes === undefined) {
    throw new DamagedBlock(NOT_BGZF);
  }
  return header?.bgzfBytes;
}

function unpackMember(stored: Uint8Array): Uint8Array {
  shared ??= new Inflater();
  return new GzipDecoder(shared, MEMBER_MAX_BYTES).decodeAll(stored, MEMBER_MAX_BYTES + 1);
}

function unpack(stored: Uint8Array, { textBytes }: Block): Uint8Array {
  if (memberBytes(stored) !== stored.length) {
    throw new DamagedBlock("it has another length than it says");
  }
  const text = unpackMember(stored);
  if (text.length !== textBytes) {
    throw new DamagedBlock("its text has another length than the index says");
  }
  return text;
}
