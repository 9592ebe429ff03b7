import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { CAUTION_MAX_MS, CAUTION_MS } from "../../../src/source/local/caution.ts";
import {
  FAR_MS,
  RESIDENT_BLOCK_BYTES,
  ResidentBlocks,
  STALL_MS,
} from "../../../src/source/local/resident_blocks.ts";

const BLOCKS = 20;
/** The last block is not a whole one. */
const FILE_BYTES = (BLOCKS - 1) * RESIDENT_BLOCK_BYTES + 5;
const FAST_MS = STALL_MS / 2;
const SLOW_MS = 20;

/** A file's blocks, and a clock that the test sets. */
class Scene {
  nowMs = 1000;
  readonly resident = new ResidentBlocks(FILE_BYTES, () => this.nowMs);

  /** Whether each block is expected, from the first to the last. */
  get expected(): boolean[] {
    return everyBlock((from, to) => this.resident.expects(from, to));
  }

  /** The numbers of the blocks that are known. */
  get known(): number[] {
    const isKnown = everyBlock((from, to) => this.resident.has(from, to));
    return isKnown.flatMap((isSo, block) => isSo ? [block] : []);
  }

  /** Notes that a byte of a block was read. */
  read(block: number, tookMs: number): void {
    const from = block * RESIDENT_BLOCK_BYTES;
    this.resident.note(from, from + 1, tookMs);
  }
}

function everyBlock(look: (from: number, to: number) => boolean): boolean[] {
  return Array.from({ length: BLOCKS }, (_, block) => {
    const from = block * RESIDENT_BLOCK_BYTES;
    return look(from, Math.min(from + RESIDENT_BLOCK_BYTES, FILE_BYTES));
  });
}

const ALL: boolean[] = Array(BLOCKS).fill(true);

/** Only these blocks. */
function only(...blocks: number[]): boolean[] {
  return ALL.map((_, block) => blocks.includes(block));
}

Deno.test("at first every block is expected, and none is known", () => {
  const scene = new Scene();
  assertEquals([scene.expected, scene.known], [ALL, []]);
  assert(scene.resident.expects(0, FILE_BYTES));
});

Deno.test("reads that do not stall make blocks known, and all are still expected", () => {
  const scene = new Scene();
  for (const block of [0, 7, 8, BLOCKS - 1]) scene.read(block, FAST_MS);
  assertEquals([scene.expected, scene.known], [ALL, [0, 7, 8, BLOCKS - 1]]);
});

Deno.test("after a stall of an unknown block only known ones are expected, that one among them", () => {
  const scene = new Scene();
  scene.read(3, FAST_MS);
  scene.resident.add(5 * RESIDENT_BLOCK_BYTES, 5 * RESIDENT_BLOCK_BYTES + 1);
  scene.read(12, SLOW_MS);
  assertEquals(scene.expected, only(3, 5, 12));
});

Deno.test("the caution lasts for CAUTION_MS behind the first stall, and then twice as long each time", () => {
  const scene = new Scene();
  let cautionMs = CAUTION_MS;
  for (let block = 3; block < 12; block++) {
    scene.read(block, SLOW_MS);
    scene.nowMs += cautionMs - 1;
    assertEquals(scene.expected, only(...Array.from({ length: block - 2 }, (_, i) => 3 + i)));
    scene.nowMs += 1;
    assertEquals(scene.expected, ALL);
    cautionMs = Math.min(2 * cautionMs, CAUTION_MAX_MS);
  }
  assertEquals(cautionMs, CAUTION_MAX_MS);
});

Deno.test("a stall within the caution prolongs it", () => {
  const scene = new Scene();
  scene.read(3, SLOW_MS);
  scene.nowMs += CAUTION_MS - 1;
  scene.read(4, SLOW_MS);
  scene.nowMs += 2 * CAUTION_MS - 1;
  assertEquals(scene.expected, only(3, 4));
  scene.nowMs += 1;
  assertEquals([scene.expected, scene.known], [ALL, [3, 4]]);
});

Deno.test("after many fast reads of unknown blocks the caution is short again", () => {
  const resident = new ResidentBlocks(100 * RESIDENT_BLOCK_BYTES, () => nowMs);
  let nowMs = 0;
  const read = (block: number, tookMs: number) =>
    resident.note(block * RESIDENT_BLOCK_BYTES, block * RESIDENT_BLOCK_BYTES + 1, tookMs);
  for (let block = 0; block < 5; block++) read(block, SLOW_MS);
  for (let block = 5; block < 50; block++) read(block, FAST_MS);
  for (let block = 50; block < 54; block++) read(block, SLOW_MS);
  assert(!resident.expects(0, FILE_BYTES + 90 * RESIDENT_BLOCK_BYTES));
  nowMs = CAUTION_MAX_MS;
  for (let block = 54; block < 90; block++) read(block, FAST_MS);
  for (let block = 90; block < 94; block++) read(block, SLOW_MS);
  assert(!resident.expects(99 * RESIDENT_BLOCK_BYTES, 100 * RESIDENT_BLOCK_BYTES));
  nowMs += CAUTION_MS;
  assert(resident.expects(99 * RESIDENT_BLOCK_BYTES, 100 * RESIDENT_BLOCK_BYTES));
});

Deno.test("a read of STALL_MS is a stall, and a shorter one is none", () => {
  const quick = new Scene();
  quick.read(3, STALL_MS - 0.001);
  assertEquals(quick.expected, ALL);
  const slow = new Scene();
  slow.read(3, STALL_MS);
  assertEquals(slow.expected, only(3));
});

Deno.test("fast reads of unknown blocks during the caution make them known, and do not end it", () => {
  const scene = new Scene();
  scene.read(3, SLOW_MS);
  scene.read(4, FAST_MS);
  scene.resident.add(5 * RESIDENT_BLOCK_BYTES, 7 * RESIDENT_BLOCK_BYTES);
  assertEquals(scene.expected, only(3, 4, 5, 6));
});

Deno.test("after fast reads of unknown blocks it takes several stalls in a row to bring caution", () => {
  const scene = new Scene();
  for (let block = 0; block < 8; block++) scene.read(block, FAST_MS);
  scene.read(8, SLOW_MS);
  assertEquals(scene.expected, ALL);
  scene.read(9, SLOW_MS);
  assertEquals(scene.expected, only(...Array.from({ length: 10 }, (_, block) => block)));
});

Deno.test("a stall among many fast reads of unknown blocks never brings caution", () => {
  const resident = new ResidentBlocks(10_000 * RESIDENT_BLOCK_BYTES, () => 0);
  for (let block = 0; block < 10_000; block++) {
    const from = block * RESIDENT_BLOCK_BYTES;
    resident.note(from, from + 1, block % 20 === 19 ? SLOW_MS : FAST_MS);
    assert(resident.expects(0, FILE_BYTES), `${block}`);
  }
});

Deno.test("one stall of a known block changes nothing for any block", () => {
  const scene = new Scene();
  for (const block of [3, 4]) scene.read(block, FAST_MS);
  scene.read(3, SLOW_MS);
  assertEquals([scene.expected, scene.known], [ALL, [3, 4]]);
});

/** How many stalls of a known block it takes, with so many fast reads before each, to forget others. */
function stallsUntilForgotten(scene: Scene, fastReads: number, stallsMax: number): number {
  for (const block of [3, 4]) scene.read(block, FAST_MS);
  for (let stalls = 1; stalls <= stallsMax; stalls++) {
    for (let i = 0; i < fastReads; i++) scene.read(3, FAST_MS);
    scene.read(3, SLOW_MS);
    if (!scene.known.includes(4)) return stalls;
  }
  return Infinity;
}

Deno.test("many stalls of known blocks forget all but the one just read, and bring caution", () => {
  const scene = new Scene();
  const stalls = stallsUntilForgotten(scene, 0, 10);
  assertLess(1, stalls);
  assertLess(stalls, 10);
  assertEquals([scene.expected, scene.known], [only(3), [3]]);
  scene.nowMs += CAUTION_MS;
  assertEquals(scene.expected, ALL);
});

Deno.test("after all were forgotten stalls are counted anew", () => {
  const scene = new Scene();
  const stalls = stallsUntilForgotten(scene, 0, 10);
  assertEquals(stallsUntilForgotten(scene, 0, 10), stalls);
});

Deno.test("a fast read of a known block lowers the weight of the stalls before it", () => {
  const withoutFastReads = stallsUntilForgotten(new Scene(), 0, 100);
  const withSome = stallsUntilForgotten(new Scene(), 4, 100);
  assertLess(withoutFastReads, withSome);
  assertLess(withSome, 100);
  assertEquals(stallsUntilForgotten(new Scene(), 8, 100), Infinity);
});

Deno.test("fast reads before stalls are not saved up", () => {
  const scene = new Scene();
  for (let i = 0; i < 1000; i++) scene.read(3, FAST_MS);
  assertEquals(
    stallsUntilForgotten(scene, 0, 100),
    stallsUntilForgotten(new Scene(), 0, 100),
  );
});

Deno.test("known blocks are not forgotten for reads that would be stalls of unknown ones only", () => {
  const scene = new Scene();
  for (const block of [3, 4]) scene.read(block, FAST_MS);
  for (let i = 0; i < 100; i++) scene.read(3, FAR_MS - 0.001);
  assertEquals([scene.expected, scene.known], [ALL, [3, 4]]);
});

Deno.test("the disk is far for a while after a read of FAR_MS, and near after shorter ones", () => {
  for (
    const [tookMs, isFar] of [[FAST_MS, false], [FAR_MS - 0.001, false], [FAR_MS, true]] as const
  ) {
    const scene = new Scene();
    assertEquals(scene.resident.isDiskFar, false);
    scene.read(3, tookMs);
    assertEquals(scene.resident.isDiskFar, isFar);
    scene.nowMs += CAUTION_MS;
    assertEquals(scene.resident.isDiskFar, false);
  }
});

Deno.test("a disk is near where most of its stalls are short, whatever the system's memory answered", () => {
  const scene = new Scene();
  for (let i = 0; i < 30; i++) scene.read(3, STALL_MS);
  scene.read(3, FAR_MS);
  assertEquals(scene.resident.isDiskFar, false);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 100; j++) scene.read(3, FAST_MS);
    scene.read(3, FAR_MS);
  }
  assertEquals(scene.resident.isDiskFar, true);
});

Deno.test("a range is of the blocks that its first and last bytes are in, and those between", () => {
  const block = RESIDENT_BLOCK_BYTES;
  const ranges: readonly (readonly [from: number, to: number, blocks: number[]])[] = [
    [0, 1, [0]],
    [block - 1, block, [0]],
    [0, block, [0]],
    [block, block + 1, [1]],
    [block - 1, block + 1, [0, 1]],
    [2 * block, 4 * block, [2, 3]],
    [6 * block + 9, 9 * block + 1, [6, 7, 8, 9]],
    [FILE_BYTES - 1, FILE_BYTES, [BLOCKS - 1]],
    [0, FILE_BYTES, Array.from({ length: BLOCKS }, (_, i) => i)],
  ];
  for (const [from, to, blocks] of ranges) {
    const added = new Scene();
    added.resident.add(from, to);
    const noted = new Scene();
    noted.resident.note(from, to, FAST_MS);
    assertEquals([added.known, noted.known], [blocks, blocks], `${from} to ${to}`);
  }
});

Deno.test("a range is known where all its blocks are, and a stall is of a known one only then", () => {
  const scene = new Scene();
  const block = RESIDENT_BLOCK_BYTES;
  scene.resident.add(7 * block, 9 * block);
  const { resident } = scene;
  assert(resident.has(7 * block, 9 * block));
  assert(!resident.has(7 * block - 1, 9 * block));
  assert(!resident.has(7 * block, 9 * block + 1));
  resident.note(7 * block, 9 * block, SLOW_MS);
  assertEquals(scene.expected, ALL);
  resident.note(7 * block, 9 * block + 1, SLOW_MS);
  assertEquals(scene.expected, only(7, 8, 9));
  assert(resident.expects(7 * block, 10 * block));
  assert(!resident.expects(7 * block, 10 * block + 1));
});

Deno.test("blocks far into a large file are told apart", () => {
  const far = 2 ** 36;
  const resident = new ResidentBlocks(far + 10 * RESIDENT_BLOCK_BYTES, () => 0);
  resident.add(far, far + 1);
  const blocks = [-1, 0, 1].map((i) => far + i * RESIDENT_BLOCK_BYTES);
  assertEquals(blocks.map((from) => resident.has(from, from + 1)), [false, true, false]);
  assert(!resident.has(far % 2 ** 32, far % 2 ** 32 + 1));
});

/** The same in the plainest way. */
class NaiveBlocks {
  readonly known = new Set<number>();
  cautiousUntilMs = -Infinity;
  #cautionMs = CAUTION_MS;
  #knownWeight = 0;
  #unknownWeight = 24;

  note(blocks: readonly number[], tookMs: number, nowMs: number): void {
    // A stall weighs as much as eight fast reads; more than three are too many.
    const change = (isStall: boolean) => isStall ? 8 : -1;
    if (blocks.every((block) => this.known.has(block))) {
      this.#knownWeight = Math.max(0, this.#knownWeight + change(tookMs >= FAR_MS));
      if (this.#knownWeight > 24) {
        this.#knownWeight = 0;
        this.known.clear();
        this.#beCautious(nowMs);
      }
    } else {
      this.#unknownWeight = Math.max(0, this.#unknownWeight + change(tookMs >= STALL_MS));
      if (this.#unknownWeight === 0) this.#cautionMs = CAUTION_MS;
      if (this.#unknownWeight > 24) {
        this.#unknownWeight = 24;
        this.#beCautious(nowMs);
      }
    }
    for (const block of blocks) this.known.add(block);
  }

  #beCautious(nowMs: number): void {
    this.cautiousUntilMs = nowMs + this.#cautionMs;
    this.#cautionMs = Math.min(2 * this.#cautionMs, CAUTION_MAX_MS);
  }
}

/** Reads of few blocks, so that many of them are of known ones. */
const HAPPENINGS = fc.array(
  fc.record({
    block: fc.nat({ max: 4 }),
    blocks: fc.constantFrom(1, 1, 1, 2, 3),
    tookMs: fc.constantFrom(FAST_MS, FAST_MS, STALL_MS, FAR_MS, SLOW_MS),
    pauseMs: fc.constantFrom(0, 0, 1, CAUTION_MS / 2, CAUTION_MS),
  }),
  { maxLength: 60 },
);

Deno.test("after any reads a naive model expects and knows the same blocks", () => {
  fc.assert(
    fc.property(HAPPENINGS, (happenings) => {
      const scene = new Scene();
      const model = new NaiveBlocks();
      for (const { block, blocks, tookMs, pauseMs } of happenings) {
        scene.nowMs += pauseMs;
        const from = block * RESIDENT_BLOCK_BYTES;
        scene.resident.note(from, from + blocks * RESIDENT_BLOCK_BYTES, tookMs);
        const numbers = Array.from({ length: blocks }, (_, i) => block + i);
        model.note(numbers, tookMs, scene.nowMs);
        assertEquals(scene.known, [...model.known].sort((a, b) => a - b));
        const isCautious = scene.nowMs < model.cautiousUntilMs;
        assertEquals(scene.expected, isCautious ? only(...model.known) : ALL);
      }
    }),
    { numRuns: 200 },
  );
});
