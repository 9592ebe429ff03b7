/**
 * Decodes DEFLATE (RFC 1951): AssemblyScript, built by `deno task build-wasm`.
 *
 * The caller puts stored bytes at `input`, calls `run()`, and takes text from `output`, until the stream ends.
 * Everything that `run()` needs to go on is in the memory of the instance, so one instance decodes one stream at
 * a time.
 *
 * - Input: what was not consumed is given again, with more after it. Block headers and symbols are decoded whole
 *   or not at all, so nothing of them is kept between two calls.
 * - Output: matches refer to the text before, so the last 32 KiB always stay in memory.
 * - Bounds: a stream ends after as many steps as it has bits. Nothing outside the buffers is read or written,
 *   whatever the input is.
 */

/** The most input that can be given at a time, in bytes. */
export const INPUT_MAX_BYTES: u32 = 1024 * 1024;

/** How far back matches reach, in bytes. */
export const WINDOW_BYTES: u32 = 32 * 1024;

/** The most output that is kept until it is taken, in bytes. A span of a gzip file usually fits. */
export const OUTPUT_MAX_BYTES: u32 = 1280 * 1024;

// More than what is loaded after the end of the input, or stored after the end of a match.
const SLACK_BYTES: u32 = 64;

/** Address for the input. */
export const input: usize = memory.data(INPUT_MAX_BYTES + SLACK_BYTES, 16);

/** Address of the window: the text before `output`. */
export const window: usize = memory.data(WINDOW_BYTES + OUTPUT_MAX_BYTES + SLACK_BYTES, 16);

/** Address of what of the window was referred to since `beginSpan()`; the rest is zero. */
export const references: usize = memory.data(WINDOW_BYTES, 16);

/** Address of the text that was decoded. */
export const output: usize = window + WINDOW_BYTES;

const OUTPUT_END: usize = output + OUTPUT_MAX_BYTES;

// What `run()` returns; `STATUSES` of inflater.ts has the same order.

// More input is needed.
const NEEDS_INPUT: u32 = 0;
// The output is full: take it, and call `slide()`.
const OUTPUT_FULL: u32 = 1;
// A block ended, there is enough text, and another block follows.
const BLOCK_ENDED: u32 = 2;
// The last block of the stream ended.
const STREAM_ENDED: u32 = 3;
// The input is not DEFLATE.
const INVALID: u32 = 4;
// The input ends within the stream.
const ENDS_EARLY: u32 = 5;

// Where in the stream the decoder is.
const AT_HEADER: u32 = 0;
const IN_STORED: u32 = 1;
const IN_HUFFMAN: u32 = 2;
const AT_END: u32 = 3;

let place: u32 = AT_HEADER;
let isLastBlock: bool = false;
let storedLeft: u32 = 0;

// In bits from `input`.
let bitAt: u32 = 0;
let inputEnd: usize = input;
let isLastInput: bool = false;

let outAt: usize = output;
// The text of this stream begins here, as far as it is in memory.
let streamStart: usize = output;
// The text of this span begins here, as far as it is in memory.
let spanStart: usize = output;
let firstReference: usize = output;

// A block's header is shorter: at most 17 + 19 × 3 + 320 × 14 bits.
const HEADER_MAX_BYTES: u32 = 600;
const MATCH_MAX_BYTES: u32 = 258;
// What one round of decoding loads and writes at most, and more.
const INPUT_MARGIN_BYTES: u32 = 32;
const OUTPUT_LIMIT: usize = OUTPUT_END - MATCH_MAX_BYTES - 8;

// The tables. The lowest bits of what comes next are the index of an entry; if a code is longer than that, the
// entry says where to look with the bits after them.
//
//   bits 0–5    how many bits the entry stands for, those of an extra value included
//   literals    bit 31; bit 30: two of them; bits 8–23: the literals
//   lengths     bits 8–13: the length of the code; 16–24: the base; 25–29: the mask of the extra value
//   distances   bits 8–13: the length of the code; 16–30: the base
//   others      SPECIAL_LENGTH in lengths, SPECIAL_DISTANCE in distances; bits 8–12: the kind; 16–29: a position
const LITERAL: u32 = 1 << 31;
const TWO_LITERALS: u32 = 1 << 30;
const SPECIAL_LENGTH: u32 = 1 << 15;
const SPECIAL_DISTANCE: u32 = 1 << 31;
const SUBTABLE: u32 = 1 << 8;
const END_OF_BLOCK: u32 = 1 << 9;
const NO_CODE: u32 = 1 << 10;

const CODE_BITS_MAX: u32 = 15;
const LITERAL_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 9;
const ORDER_BITS: u32 = 7;
const LITERAL_MASK: u64 = (1 << LITERAL_BITS) - 1;
const DISTANCE_MASK: u64 = (1 << DISTANCE_BITS) - 1;

const LITERALS_MAX: u32 = 288;
const DISTANCES_MAX: u32 = 32;
const ORDERS_MAX: u32 = 19;
const END_SYMBOL: u32 = 256;

// Each subtable has at least two codes, as codes are complete, and 2^(15 - bits) entries.
const LITERAL_ENTRIES: u32 = (1 << LITERAL_BITS) + (LITERALS_MAX / 2 << (CODE_BITS_MAX - LITERAL_BITS));
const DISTANCE_ENTRIES: u32 = (1 << DISTANCE_BITS) + (DISTANCES_MAX / 2 << (CODE_BITS_MAX - DISTANCE_BITS));

const literalTable: usize = memory.data(LITERAL_ENTRIES * sizeof<u32>(), 16);
const distanceTable: usize = memory.data(DISTANCE_ENTRIES * sizeof<u32>(), 16);
const orderTable: usize = memory.data((1 << ORDER_BITS) * sizeof<u32>(), 16);

// What each symbol stands for: entries without the length of the code.
const literalSymbols: usize = memory.data(LITERALS_MAX * sizeof<u32>(), 16);
const distanceSymbols: usize = memory.data(DISTANCES_MAX * sizeof<u32>(), 16);
const orderSymbols: usize = memory.data(ORDERS_MAX * sizeof<u32>(), 16);

// The lengths of the codes, a byte each; a run may be written that is longer than what is left.
const codeLengths: usize = memory.data(LITERALS_MAX + DISTANCES_MAX + 138, 16);
const orderLengths: usize = memory.data(ORDERS_MAX, 16);
const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

// The masks of the indexes of subtables.
let literalSubMask: u32 = 0;
let distanceSubMask: u32 = 0;

const counts: usize = memory.data((CODE_BITS_MAX + 1) * sizeof<u32>(), 16);
const offsets: usize = memory.data((CODE_BITS_MAX + 1) * sizeof<u32>(), 16);
const sorted: usize = memory.data(LITERALS_MAX * sizeof<u16>(), 16);

describeSymbols();

/**
 * Begins a stream at a bit of the input.
 *
 * @param windowBytes how many bytes before `output` are text of the stream
 */
export function begin(bit: u32, windowBytes: u32): void {
  outAt = output;
  beginStream(bit);
  streamStart = output - min(windowBytes, WINDOW_BYTES);
  beginSpan();
}

/** Begins another stream, whose text comes after that of the last one. */
export function beginStream(bit: u32): void {
  place = AT_HEADER;
  bitAt = bit;
  streamStart = outAt;
}

/** Begins to record references to the text before. Text that was not taken is dropped. */
export function beginSpan(): void {
  slide();
  spanStart = output;
  firstReference = output;
  memory.fill(references, 0, WINDOW_BYTES);
}

/** Makes room when the output is full. Its last 32 KiB become the window. */
export function slide(): void {
  const by = outAt - output;
  if (by === 0) return;
  memory.copy(window, window + by, WINDOW_BYTES);
  outAt = output;
  streamStart = max(streamStart, window + by) - by;
  spanStart = max(spanStart, window + by) - by;
}

/** Says how many bytes are at `input`, from which bit on they are unused, and whether the stream ends with them. */
export function setInput(bytes: u32, bit: u32, isLast: bool): void {
  const count = min(bytes, INPUT_MAX_BYTES);
  inputEnd = input + count;
  bitAt = min(bit, count * 8);
  isLastInput = isLast;
  memory.fill(inputEnd, 0, SLACK_BYTES);
}

/** The first bit of the input that was not used. */
export function inputBit(): u32 {
  return bitAt;
}

/** How many bytes of text there are at `output`. */
export function outputBytes(): u32 {
  return <u32> (outAt - output);
}

/** How many bytes at the end of the window are needed to decode the span. */
export function referenceBytes(): u32 {
  return <u32> (output - firstReference);
}

/** Decodes as far as it can. `enoughBytes`: how much output is enough to stop at the end of a block. */
export function run(enoughBytes: u32): u32 {
  while (place !== AT_END) {
    if (place === AT_HEADER) {
      if (lacksInput(HEADER_MAX_BYTES)) return NEEDS_INPUT;
      if (!readHeader()) return isPastEnd() ? ENDS_EARLY : INVALID;
      if (isPastEnd()) return ENDS_EARLY;
    }
    const status = place === IN_STORED ? copyStored() : decodeSymbols();
    if (status !== BLOCK_ENDED) return status;
    place = isLastBlock ? AT_END : AT_HEADER;
    if (place === AT_HEADER && outputBytes() >= enoughBytes) return BLOCK_ENDED;
  }
  return STREAM_ENDED;
}

function lacksInput(bytes: u32): bool {
  return !isLastInput && <u32> (inputEnd - input) - (bitAt >>> 3) < bytes;
}

function isPastEnd(): bool {
  return bitAt > <u32> (inputEnd - input) * 8;
}

function readHeader(): bool {
  isLastBlock = takeBits(1) !== 0;
  const kind = takeBits(2);
  if (kind === 0) return readStoredHeader();
  place = IN_HUFFMAN;
  if (kind === 1) return buildFixedTables();
  return kind === 2 && readCodes();
}

function readStoredHeader(): bool {
  bitAt = (bitAt + 7) & ~7;
  storedLeft = takeBits(16);
  place = IN_STORED;
  return storedLeft === (takeBits(16) ^ 0xffff);
}

function copyStored(): u32 {
  const from = input + (bitAt >>> 3);
  const bytes = min(min(storedLeft, <u32> (inputEnd - from)), <u32> (OUTPUT_END - outAt));
  memory.copy(outAt, from, bytes);
  outAt += bytes;
  bitAt += bytes * 8;
  storedLeft -= bytes;
  if (storedLeft === 0) return BLOCK_ENDED;
  if (outAt === OUTPUT_END) return OUTPUT_FULL;
  return isLastInput ? ENDS_EARLY : NEEDS_INPUT;
}

// At least 57 bits; zeros after the end of the input.
@inline
function nextBits(): u64 {
  return load<u64>(input + min(bitAt >>> 3, <u32> (inputEnd - input))) >>> (bitAt & 7);
}

function takeBits(count: u32): u32 {
  const bits = <u32> nextBits() & ((1 << count) - 1);
  bitAt += count;
  return bits;
}

function buildFixedTables(): bool {
  memory.fill(codeLengths, 8, 144);
  memory.fill(codeLengths + 144, 9, 112);
  memory.fill(codeLengths + 256, 7, 24);
  memory.fill(codeLengths + 280, 8, 8);
  memory.fill(codeLengths + 288, 5, 32);
  return buildTables(288, 32);
}

function readCodes(): bool {
  const literals = takeBits(5) + 257;
  const distances = takeBits(5) + 1;
  const orders = takeBits(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(orderLengths, 0, ORDERS_MAX);
  for (let i: u32 = 0; i < orders; i++) {
    store<u8>(orderLengths + load<u8>(ORDER + i), <u8> takeBits(3));
  }
  if (!buildTable(orderTable, ORDER_BITS, orderLengths, ORDERS_MAX, orderSymbols, 0)) return false;
  return readCodeLengths(literals + distances) && buildTables(literals, distances);
}

function readCodeLengths(total: u32): bool {
  let last: u8 = 0;
  let at: u32 = 0;
  while (at < total) {
    const entry = load<u32>(orderTable + (<usize> nextBits() & ((1 << ORDER_BITS) - 1)) * sizeof<u32>());
    bitAt += entry & 63;
    const symbol = entry >>> 16;
    let times: u32 = 1;
    if (symbol < 16) last = <u8> symbol;
    else if (symbol === 16) {
      if (at === 0) return false;
      times = 3 + takeBits(2);
    } else {
      last = 0;
      times = symbol === 17 ? 3 + takeBits(3) : 11 + takeBits(7);
    }
    memory.fill(codeLengths + at, last, times);
    at += times;
  }
  return at === total;
}

function buildTables(literals: u32, distances: u32): bool {
  if (load<u8>(codeLengths + END_SYMBOL) === 0) return false;
  const special = SPECIAL_LENGTH;
  if (!buildTable(literalTable, LITERAL_BITS, codeLengths, literals, literalSymbols, special)) return false;
  pairLiterals();
  return buildTable(
    distanceTable,
    DISTANCE_BITS,
    codeLengths + literals,
    distances,
    distanceSymbols,
    SPECIAL_DISTANCE,
  );
}

/**
 * Fills a table. False if the codes are not exactly those of a tree. A single code of one bit is allowed, and for
 * distances no code: then a code that is not there is found when it is decoded.
 */
function buildTable(
  table: usize,
  bits: u32,
  lengths: usize,
  symbols: u32,
  meanings: usize,
  special: u32,
): bool {
  memory.fill(counts, 0, (CODE_BITS_MAX + 1) * sizeof<u32>());
  for (let i: u32 = 0; i < symbols; i++) {
    const count = counts + (<usize> load<u8>(lengths + i) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let left: i32 = 1;
  let coded: u32 = 0;
  for (let length: u32 = 1; length <= CODE_BITS_MAX; length++) {
    const count = load<u32>(counts + (length << 2));
    store<u32>(offsets + (length << 2), coded);
    coded += count;
    left = (left << 1) - <i32> count;
    if (left < 0) return false;
  }
  if (left > 0) {
    const isSingle = coded === 1 && load<u32>(counts + 4) === 1;
    if (special === 0 || (!isSingle && (coded > 0 || special !== SPECIAL_DISTANCE))) return false;
    const entries = <u32> 1 << bits;
    for (let i: u32 = 0; i < entries; i++) store<u32>(table + (i << 2), special | NO_CODE);
  }
  for (let i: u32 = 0; i < symbols; i++) {
    const length = <usize> load<u8>(lengths + i);
    if (length === 0) continue;
    const offset = load<u32>(offsets + (length << 2));
    store<u16>(sorted + (offset << 1), <u16> i);
    store<u32>(offsets + (length << 2), offset + 1);
  }
  fillTable(table, bits, meanings, special);
  return true;
}

// Codes come in ascending order; their bits are reversed, so that a code is the lowest bits of its index.
function fillTable(table: usize, bits: u32, meanings: usize, special: u32): void {
  let at = sorted;
  let code: u32 = 0;
  let filledBits: u32 = 0;
  for (let length: u32 = 1; length <= bits; length++) {
    let count = load<u32>(counts + (length << 2));
    if (count === 0) continue;
    filledBits = doubleTable(table, filledBits, length);
    for (; count > 0; count--, at += 2) {
      store<u32>(table + (code << 2), entryOf(meanings, load<u16>(at), length, length));
      code = nextCode(code, length);
    }
  }
  // With a single code, the other half says that there is no code.
  if (filledBits > 0) doubleTable(table, filledBits, bits);
  fillSubtables(table, bits, meanings, special, at, code);
}

// An entry for each longer index, from the entries of the shorter ones.
function doubleTable(table: usize, filledBits: u32, bits: u32): u32 {
  for (let filled = filledBits; filled < bits; filled++) {
    const bytes = <usize> 4 << filled;
    memory.copy(table + bytes, table, bytes);
  }
  return bits;
}

function fillSubtables(
  table: usize,
  bits: u32,
  meanings: usize,
  special: u32,
  first: usize,
  firstCode: u32,
): void {
  let longest = CODE_BITS_MAX;
  while (longest > bits && load<u32>(counts + (longest << 2)) === 0) longest--;
  if (longest <= bits) return;
  const subBits = longest - bits;
  if (special === SPECIAL_LENGTH) literalSubMask = (1 << subBits) - 1;
  else distanceSubMask = (1 << subBits) - 1;
  const mask = (<u32> 1 << bits) - 1;
  let at = first;
  let code = firstCode;
  let end: u32 = 1 << bits;
  let prefix: u32 = u32.MAX_VALUE;
  let subtable: u32 = 0;
  for (let length = bits + 1; length <= longest; length++) {
    for (let count = load<u32>(counts + (length << 2)); count > 0; count--, at += 2) {
      if ((code & mask) !== prefix) {
        prefix = code & mask;
        subtable = end;
        end += 1 << subBits;
        store<u32>(table + (prefix << 2), special | SUBTABLE | (subtable << 16) | bits);
      }
      const entry = entryOf(meanings, load<u16>(at), length, length - bits);
      for (let i = code >>> bits; i < <u32> 1 << subBits; i += 1 << (length - bits)) {
        store<u32>(table + ((subtable + i) << 2), entry);
      }
      code = nextCode(code, length);
    }
  }
}

@inline
function nextCode(code: u32, length: u32): u32 {
  const zeros = code ^ ((1 << length) - 1);
  if (zeros === 0) return 0;
  const bit = <u32> 1 << (31 - clz(zeros));
  return (code & (bit - 1)) | bit;
}

@inline
function entryOf(meanings: usize, symbol: u32, length: u32, bits: u32): u32 {
  const meaning = load<u32>(meanings + (symbol << 2)) + bits;
  return meaning & (LITERAL | SPECIAL_LENGTH) ? meaning : meaning | (bits << 8);
}

// Where two literals fit into an index, its entry stands for both: JSON lines are decoded 17 % faster. It begins at
// the end, so that what it reads is not paired yet.
function pairLiterals(): void {
  for (let index: i32 = (1 << LITERAL_BITS) - 1; index >= 0; index--) {
    const at = literalTable + (<usize> index << 2);
    const first = load<u32>(at);
    if ((first & LITERAL) === 0) continue;
    const firstBits = first & 63;
    const second = load<u32>(literalTable + (<usize> (index >>> firstBits) << 2));
    const bits = firstBits + (second & 63);
    if ((second & LITERAL) === 0 || bits > LITERAL_BITS) continue;
    store<u32>(at, LITERAL | TWO_LITERALS | (first & 0xff00) | ((second & 0xff00) << 8) | bits);
  }
}

function describeSymbols(): void {
  for (let i: u32 = 0; i < END_SYMBOL; i++) store<u32>(literalSymbols + (i << 2), LITERAL | (i << 8));
  store<u32>(literalSymbols + (END_SYMBOL << 2), SPECIAL_LENGTH | END_OF_BLOCK);
  let base: u32 = 3;
  for (let i: u32 = 0; i < 28; i++) {
    const extra: u32 = i < 8 ? 0 : (i >>> 2) - 1;
    store<u32>(literalSymbols + ((257 + i) << 2), (((1 << extra) - 1) << 25) | (base << 16) | extra);
    base += 1 << extra;
  }
  store<u32>(literalSymbols + (285 << 2), MATCH_MAX_BYTES << 16);
  for (let i: u32 = 286; i < LITERALS_MAX; i++) store<u32>(literalSymbols + (i << 2), SPECIAL_LENGTH | NO_CODE);
  base = 1;
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 4 ? 0 : (i >>> 1) - 1;
    store<u32>(distanceSymbols + (i << 2), (base << 16) | extra);
    base += 1 << extra;
  }
  for (let i: u32 = 30; i < DISTANCES_MAX; i++) store<u32>(distanceSymbols + (i << 2), SPECIAL_DISTANCE | NO_CODE);
  for (let i: u32 = 0; i < ORDERS_MAX; i++) store<u32>(orderSymbols + (i << 2), i << 16);
}

function decodeSymbols(): u32 {
  if (lacksInput(INPUT_MARGIN_BYTES)) return NEEDS_INPUT;
  // Zeros follow the last input. A decoder that has taken more than 8 bytes of them is past the end.
  const status = decodeUpTo(isLastInput ? inputEnd + 8 : inputEnd - INPUT_MARGIN_BYTES);
  return isPastEnd() ? ENDS_EARLY : status;
}

// One function, because its variables then stay in registers: it decodes almost all of the text. Each round decodes
// up to three literals, or pairs of them, and up to one match.
function decodeUpTo(inputLimit: usize): u32 {
  const limit = max(streamStart, spanStart);
  let out = outAt;
  let from = input + (bitAt >>> 3);
  // Bits of the input, the next one lowest, and at least `count & 63` of them. What is above in `count` does not
  // matter, so entries can be subtracted as they are.
  let bits: u64 = load<u64>(from) >>> (bitAt & 7);
  let count: u32 = 56 - (bitAt & 7);
  from += 7;
  let status: u32 = NEEDS_INPUT;
  while (from < inputLimit) {
    if (out > OUTPUT_LIMIT) {
      status = OUTPUT_FULL;
      break;
    }
    bits |= load<u64>(from) << count;
    from += 7 - ((count >>> 3) & 7);
    count |= 56;
    let entry = load<u32>(literalTable + (<usize> (bits & LITERAL_MASK) << 2));
    if (entry & LITERAL) {
      store<u16>(out, <u16> (entry >>> 8));
      out += (entry >>> 30) - 1;
      bits >>>= entry;
      count -= entry;
      entry = load<u32>(literalTable + (<usize> (bits & LITERAL_MASK) << 2));
      if (entry & LITERAL) {
        store<u16>(out, <u16> (entry >>> 8));
        out += (entry >>> 30) - 1;
        bits >>>= entry;
        count -= entry;
        entry = load<u32>(literalTable + (<usize> (bits & LITERAL_MASK) << 2));
        if (entry & LITERAL) {
          store<u16>(out, <u16> (entry >>> 8));
          out += (entry >>> 30) - 1;
          bits >>>= entry;
          count -= entry;
          continue;
        }
      }
      bits |= load<u64>(from) << count;
      from += 7 - ((count >>> 3) & 7);
      count |= 56;
    }
    if (entry & SPECIAL_LENGTH) {
      if (entry & SUBTABLE) {
        bits >>>= LITERAL_BITS;
        count -= LITERAL_BITS;
        const index = ((entry >>> 16) & 0x3fff) + (<u32> bits & literalSubMask);
        entry = load<u32>(literalTable + (index << 2));
        if (entry & LITERAL) {
          store<u8>(out, <u8> (entry >>> 8));
          out += 1;
          bits >>>= entry;
          count -= entry;
          continue;
        }
      }
      if (entry & SPECIAL_LENGTH) {
        count -= entry & 63;
        status = entry & END_OF_BLOCK ? BLOCK_ENDED : INVALID;
        break;
      }
    }
    const length = ((entry >>> 16) & 511) + (<u32> (bits >>> (entry >>> 8)) & (entry >>> 25));
    bits >>>= entry;
    count -= entry;
    entry = load<u32>(distanceTable + (<usize> (bits & DISTANCE_MASK) << 2));
    if (entry & SPECIAL_DISTANCE) {
      if (entry & SUBTABLE) {
        bits >>>= DISTANCE_BITS;
        count -= DISTANCE_BITS;
        const index = ((entry >>> 16) & 0x3fff) + (<u32> bits & distanceSubMask);
        entry = load<u32>(distanceTable + (index << 2));
      }
      if (entry & SPECIAL_DISTANCE) {
        status = INVALID;
        break;
      }
    }
    const extra = bits & ((<u64> 1 << entry) - 1);
    const distance = (entry >>> 16) + <u32> (extra >>> (entry >>> 8));
    bits >>>= entry;
    count -= entry;
    let source = out - distance;
    if (source < limit && !noteReference(source, length)) {
      status = INVALID;
      break;
    }
    const end = out + length;
    if (distance >= 16) {
      v128.store(out, v128.load(source));
      while (out + 16 < end) {
        out += 16;
        source += 16;
        v128.store(out, v128.load(source));
      }
    } else if (distance === 1) {
      memory.fill(out, load<u8>(source), length);
    } else {
      // Of each word, the first `distance` bytes are right; the next word overwrites the rest.
      const step = min(distance, 8);
      do {
        store<u64>(out, load<u64>(source));
        out += step;
        source += step;
      } while (out < end);
    }
    out = end;
  }
  outAt = out;
  bitAt = <u32> (from - input) * 8 - (count & 63);
  return status;
}

function noteReference(source: usize, length: u32): bool {
  if (source < streamStart) return false;
  memory.copy(references + (source - window), source, min(length, <u32> (spanStart - source)));
  firstReference = min(firstReference, source);
  return true;
}
