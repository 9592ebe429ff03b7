/**
 * Turns lines into bulk strings of Redis: AssemblyScript, built by `deno task build-wasm`.
 *
 * Looks for line feeds in 16 bytes at a time. A line is written when its end is known, since its length comes first.
 */

/** The longest input, in bytes. */
export const LINES_MAX_BYTES: u32 = 128 * 1024;

/** The longest output: an empty line, one byte, becomes `$0`, CR, LF, CR and LF. */
export const BULKS_MAX_BYTES: u32 = 6 * LINES_MAX_BYTES;

const VECTOR_BYTES: u32 = 16;
const LINE_FEED: u8 = 10;
const CARRIAGE_RETURN: u8 = 13;
const DOLLAR: u8 = 0x24;
const ZERO: u8 = 0x30;
const CRLF: u16 = 0x0a0d;

/** Address for the input. Room for a vector after it, which is read but not used. */
export const lines: usize = memory.data(LINES_MAX_BYTES + VECTOR_BYTES, 16);

/** Address of the output. Room for what is copied beyond its end. */
export const bulks: usize = memory.data(BULKS_MAX_BYTES + 2 * VECTOR_BYTES, 16);

let outputBytes: u32 = 0;

/** How much of the output is used after a call of `encodeLines`, in bytes. */
export function bulksBytes(): u32 {
  return outputBytes;
}

/**
 * Encodes the lines that end in the first bytes of `lines`.
 *
 * @returns how many bytes they have; the rest is the beginning of a line
 */
export function encodeLines(bytes: u32): u32 {
  const lineFeeds = i8x16.splat(LINE_FEED);
  let start: u32 = 0;
  let to = bulks;
  for (let at: u32 = 0; at < bytes; at += VECTOR_BYTES) {
    let found = <u32> i8x16.bitmask(i8x16.eq(v128.load(lines + at), lineFeeds));
    if (at + VECTOR_BYTES > bytes) found &= (1 << (bytes - at)) - 1;
    while (found != 0) {
      const end = at + ctz(found);
      found &= found - 1;
      to = encodeLine(start, end, to);
      start = end + 1;
    }
  }
  outputBytes = <u32> (to - bulks);
  return start;
}

@inline
function encodeLine(start: u32, end: u32, to: usize): usize {
  const isCrlf = end > start && load<u8>(lines + end - 1) == CARRIAGE_RETURN;
  const length = end - start - (isCrlf ? 1 : 0);
  store<u8>(to, DOLLAR);
  let at = writeNumber(length, to + 1);
  store<u16>(at, CRLF);
  at += 2;
  for (let i: u32 = 0; i < length; i += VECTOR_BYTES) {
    v128.store(at + i, v128.load(lines + start + i));
  }
  at += length;
  store<u16>(at, CRLF);
  return at + 2;
}

@inline
function writeNumber(value: u32, to: usize): usize {
  let digits: u32 = 1;
  for (let rest = value / 10; rest > 0; rest /= 10) digits++;
  let rest = value;
  for (let i = digits; i > 0; i--) {
    store<u8>(to + i - 1, ZERO + <u8> (rest % 10));
    rest /= 10;
  }
  return to + digits;
}
