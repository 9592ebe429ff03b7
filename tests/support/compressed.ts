import { assert, assertEquals } from "@std/assert";
import { constants, crc32, deflateRawSync } from "node:zlib";
import { type Codec, DamagedBlock, type UnpackedBlock } from "../../src/source/compressed/codec.ts";
import { MemoryText } from "./text_memory.ts";

/** Asserts that bytes are equal, fast even if there are many. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, message = ""): void {
  assertEquals(actual.length, expected.length, message);
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at++;
  assertEquals(at, actual.length, message);
}

/** Joins arrays. */
export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Lines of JSON of about that size, some of whose parts repeat, always the same. */
export function jsonLines(bytes: number): Uint8Array<ArrayBuffer> {
  const numbers = pseudoRandom(1);
  const lines: string[] = [];
  for (let id = 0, length = 0; length < bytes; id++) {
    const words = Array.from({ length: 3 + numbers() % 12 }, () => numbers().toString(36));
    const line = `{"id":${id},"user":"u${numbers() % 500}","message":"${words.join(" ")}"}\n`;
    lines.push(line);
    length += line.length;
  }
  return new TextEncoder().encode(lines.join(""));
}

/** Bytes that cannot be compressed, always the same. */
export function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const numbers = pseudoRandom(2);
  return new Uint8Array(bytes).map(() => numbers() >>> 8);
}

// Xorshift of 32 bits.
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>>= 0;
  };
}

/** Ways of zlib to compress. */
export const STRATEGIES: Readonly<Record<string, number>> = {
  default: constants.Z_DEFAULT_STRATEGY,
  filtered: constants.Z_FILTERED,
  huffman: constants.Z_HUFFMAN_ONLY,
  rle: constants.Z_RLE,
  fixed: constants.Z_FIXED,
};

/** Scans a file, and unpacks every block that was found. Fails if the blocks do not make up the text. */
export async function scanAll(
  codec: Codec,
  stored: Uint8Array,
  read: "at once" | "awaited" = "at once",
): Promise<{ text: Uint8Array; blocks: UnpackedBlock[] }> {
  const blocks = await Array.fromAsync(codec.scan(sourceOf(stored, read)));
  let textOffset = 0;
  for (const block of blocks) {
    assertEquals(block.textOffset, textOffset);
    assertEquals(block.textBytes, block.text.length);
    assert(block.textBytes > 0);
    textOffset += block.textBytes;
    assertSameBytes(unpackBlock(codec, stored, block), block.text);
  }
  return { text: join(...blocks.map(({ text }) => text)), blocks };
}

/** Unpacks a block from its bytes in the file. */
export function unpackBlock(codec: Codec, stored: Uint8Array, block: UnpackedBlock): Uint8Array {
  const { storedOffset, storedBytes } = block;
  assert(storedOffset + storedBytes <= stored.length);
  return codec.unpack(stored.slice(storedOffset, storedOffset + storedBytes), block, block.window);
}

/** A file in memory. */
export function sourceOf(stored: Uint8Array, read: "at once" | "awaited" = "at once"): MemoryText {
  return new MemoryText(stored, { blocks: () => read === "awaited" });
}

/** The text of a file; the error if it is damaged. Any other error is thrown. */
export async function textOrError(codec: Codec, stored: Uint8Array): Promise<Uint8Array | Error> {
  try {
    const blocks = await Array.fromAsync(codec.scan(sourceOf(stored)));
    return join(...blocks.map(({ text }) => text));
  } catch (error) {
    assert(error instanceof Error && error.name === "TextError", `${error}`);
    return error;
  }
}

/** Asserts that bytes cannot be unpacked. */
export function assertDamaged(unpack: () => unknown, message = ""): void {
  try {
    unpack();
  } catch (error) {
    assert(error instanceof DamagedBlock, `${error}`);
    return;
  }
  throw new Error(`Not noticed as damaged: ${message}`);
}

/** A member of a BGZF file, as bgzip writes it. */
export function bgzfMember(text: Uint8Array, level = 6): Uint8Array {
  const data = deflateRawSync(text, { level });
  const bytes = new Uint8Array(18 + data.length + 8);
  assert(bytes.length <= 65_536, "the size of a member has 16 bits");
  bytes.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 66, 67, 2, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, bytes.length - 1, true);
  bytes.set(data, 18);
  view.setUint32(bytes.length - 8, crc32(text), true);
  view.setUint32(bytes.length - 4, text.length, true);
  return bytes;
}

/** The mark of the end of a BGZF file. */
export const BGZF_END: Uint8Array = bgzfMember(new Uint8Array());

/** A BGZF file, with members of these sizes, and then the mark of the end. */
export function bgzf(text: Uint8Array, memberBytes = 65_280): Uint8Array<ArrayBuffer> {
  const members: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += memberBytes) {
    members.push(bgzfMember(text.subarray(at, at + memberBytes)));
  }
  return join(...members, BGZF_END);
}
