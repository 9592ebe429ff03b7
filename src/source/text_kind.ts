import { CR, LF } from "./text_source.ts";

/** How many bytes from the beginning of a file {@linkcode describeKind} looks at. */
export const KIND_BYTES: number = 1024 * 1024;

/** Why a file is not the text that its user may think it is. */
export interface TextKind {
  /** What it is, in a few words. */
  readonly description: string;
  /** What converts it, such as `with "gunzip"`. */
  readonly remedy: string;
}

interface Magic extends TextKind {
  /** What the file begins with; undefined stands for any byte. */
  readonly bytes: readonly (number | undefined)[];
}

const ZSTD: TextKind = {
  description: "compressed with zstd",
  remedy: 'Decompress it with "unzstd"',
};
const GZIP: TextKind = {
  description: "compressed with gzip",
  remedy: 'Decompress it with "gunzip"',
};
const BZIP2: TextKind = {
  description: "compressed with bzip2",
  remedy: 'Decompress it with "bunzip2"',
};
const LZ4: TextKind = { description: "compressed with lz4", remedy: 'Decompress it with "unlz4"' };
const ZIP: TextKind = { description: "a zip archive", remedy: 'Extract it with "unzip"' };

const MAGICS: readonly Magic[] = [
  { ...GZIP, bytes: [0x1f, 0x8b, 0x08] },
  { ...ZSTD, bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  {
    description: "compressed with xz",
    remedy: 'Decompress it with "unxz"',
    bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  },
  // "BZh", the level, and the beginning of the first block, or of the end.
  { ...BZIP2, bytes: [0x42, 0x5a, 0x68, undefined, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59] },
  { ...BZIP2, bytes: [0x42, 0x5a, 0x68, undefined, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90] },
  { ...LZ4, bytes: [0x04, 0x22, 0x4d, 0x18] },
  { ...LZ4, bytes: [0x02, 0x21, 0x4c, 0x18] },
  { ...ZIP, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { ...ZIP, bytes: [0x50, 0x4b, 0x05, 0x06] },
  {
    description: "a 7z archive",
    remedy: 'Extract it with "7z x"',
    bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  },
  // The pattern part-* also matches the indexes, once they are built. The magic number of src/index/format/header.ts.
  {
    description: "an index of linesvr",
    remedy: "Leave it out",
    bytes: [0x89, 0x4c, 0x49, 0x44, 0x58, 0x0d, 0x0a, 0x1a],
  },
  // Before UTF-16, whose byte order mark is the beginning of this one.
  { ...utf("UTF-32"), bytes: [0xff, 0xfe, 0x00, 0x00] },
  { ...utf("UTF-16"), bytes: [0xff, 0xfe] },
  { ...utf("UTF-16"), bytes: [0xfe, 0xff] },
];

// Skippable frames, of any of 16 types: tools that compress in parallel write them first.
const SKIPPABLE_FRAME = [undefined, 0x2a, 0x4d, 0x18];
const SKIPPABLE_MIN = 0x50;
const SKIPPABLE_MAX = 0x5f;

// Text in UTF-16 without a byte order mark has a NUL in every second byte, except for the few characters that
// are not in Latin-1, and no other NUL.
const UTF16_SAMPLE_BYTES = 4096;
const UTF16_MIN_BYTES = 8;
const UTF16_NULS_MIN = 0.9;

/**
 * Finds out from the beginning of a file whether it is compressed or in an encoding in which lines do not end
 * with the byte LF.
 *
 * @param head the first {@linkcode KIND_BYTES} bytes of the file, or all of them
 * @returns undefined if its lines are what they seem
 */
export function describeKind(head: Uint8Array): TextKind | undefined {
  const magic = MAGICS.find(({ bytes }) => beginsWith(head, bytes));
  if (magic !== undefined) return magic;
  const first = head[0] ?? 0;
  if (first >= SKIPPABLE_MIN && first <= SKIPPABLE_MAX && beginsWith(head, SKIPPABLE_FRAME)) {
    return ZSTD;
  }
  const sample = head.subarray(0, Math.min(UTF16_SAMPLE_BYTES, head.length & ~1));
  if (sample.length < UTF16_MIN_BYTES) return undefined;
  const [even, odd] = countNuls(sample);
  const nulsMin = UTF16_NULS_MIN * sample.length / 2;
  if (even === 0 && odd >= nulsMin) return utf("UTF-16LE");
  if (odd === 0 && even >= nulsMin) return utf("UTF-16BE");
  return undefined;
}

/** Whether lines seem to end with CR alone, as on old Macintosh computers. `head` as of {@linkcode describeKind}. */
export function hasOnlyCr(head: Uint8Array): boolean {
  return head.includes(CR) && !head.includes(LF);
}

function utf(encoding: string): TextKind {
  return {
    description: `in ${encoding}`,
    remedy: `Convert it with "iconv -f ${encoding} -t UTF-8"`,
  };
}

function beginsWith(head: Uint8Array, bytes: Magic["bytes"]): boolean {
  return head.length >= bytes.length &&
    bytes.every((byte, at) => byte === undefined || byte === head[at]);
}

// At even and at odd offsets.
function countNuls(bytes: Uint8Array): [even: number, odd: number] {
  const counts: [number, number] = [0, 0];
  bytes.forEach((byte, at) => {
    if (byte === 0) counts[at % 2]! += 1;
  });
  return counts;
}
