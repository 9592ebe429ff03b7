import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  DiskSpeed,
  ReadCost,
  SLOW_MAX_MS,
  SLOW_MIN_MS,
} from "../../../src/source/local/read_cost.ts";

/** An operating system's page. */
const UNIT_BYTES = 4 * 1024;
const UNITS = 40;
/** The last unit is not a full one. */
const FILE_BYTES = (UNITS - 1) * UNIT_BYTES + 1000;

const QUICK_MS = 0.01;
const SLOW_MS = 5;

/** A file whose reads take as long as the test says, and a clock that only the test advances. */
class Reads {
  readonly disk: DiskSpeed;
  readonly cost: ReadCost;
  nowMs = 0;

  constructor(disk = new DiskSpeed()) {
    this.disk = disk;
    this.cost = new ReadCost(FILE_BYTES, disk);
  }

  /** A read of one byte of a unit, at once if that may be quick. @returns whether it was made at once */
  read(unit: number, tookMs: number): boolean {
    const offset = unit * UNIT_BYTES;
    const isAtOnce = this.isQuick(unit);
    if (isAtOnce) this.cost.noteRead(offset, offset + 1, tookMs, this.nowMs);
    else this.cost.noteAwaited(offset, offset + 1);
    return isAtOnce;
  }

  /** Makes slow reads of new units until reads of new units are awaited. */
  becomeSlow(): void {
    for (let unit = 0; this.isQuick(UNITS - 1); unit++) {
      assert(unit < 10, "it never became slow");
      this.read(unit, SLOW_MS);
    }
  }

  isQuick(unit: number): boolean {
    return this.cost.isQuick(unit * UNIT_BYTES, unit * UNIT_BYTES + 1, this.nowMs);
  }

  quickUnits(): number[] {
    return Array.from({ length: UNITS }, (_, unit) => unit).filter((unit) => this.isQuick(unit));
  }
}

Deno.test("ReadCost lets every read be made at once while reads are quick", () => {
  const reads = new Reads();
  for (let i = 0; i < 1000; i++) assert(reads.read(i % UNITS, QUICK_MS));
  assertEquals(reads.quickUnits().length, UNITS);
});

Deno.test("ReadCost does not mind single slow reads among many quick ones", () => {
  for (const step of [0, 1]) {
    // Of a unit that is known, as well as of units that are not.
    const reads = new Reads();
    for (let i = 0; i < 1000; i++) {
      assert(reads.read(step * i % UNITS, i % 40 === 0 ? SLOW_MS : QUICK_MS));
    }
  }
});

Deno.test("ReadCost does not mind a single read of any duration among quick ones", () => {
  for (const step of [0, 1]) {
    const reads = new Reads();
    for (let i = 0; i < 1000; i++) {
      assert(reads.read(step * i % UNITS, i % 200 === 0 ? 10_000 : QUICK_MS));
    }
    // Two are too many.
    for (let i = 0; i < 2; i++) reads.cost.noteRead(0, 1, 10_000, 0);
    if (step === 0) assertEquals(reads.quickUnits(), []);
  }
});

Deno.test("DiskSpeed is slow after two slow reads of any duration", () => {
  const disk = new DiskSpeed();
  disk.note(10_000, 0);
  assert(!disk.isSlow(0));
  disk.note(10_000, 0);
  assert(disk.isSlow(0));
});

Deno.test("ReadCost after several slow reads lets only what was read before be read at once", () => {
  const reads = new Reads();
  reads.read(30, QUICK_MS);
  reads.becomeSlow();
  const known = reads.quickUnits();
  assert(known.includes(30));
  assert(known.length < 10, `${known}`);
  // Awaited once, a unit can be read at once.
  assertEquals(reads.read(20, SLOW_MS), false);
  assertEquals(reads.quickUnits(), [...known, 20].sort((a, b) => a - b));
  assert(reads.read(20, QUICK_MS));
});

Deno.test("ReadCost of files on one disk: what one file's reads show holds for the other", () => {
  const disk = new DiskSpeed();
  const reads = new Reads(disk);
  const others = new Reads(disk);
  others.read(3, QUICK_MS);
  reads.becomeSlow();
  assertEquals(others.quickUnits(), [3]);
});

Deno.test("DiskSpeed tries again after SLOW_MIN_MS, and one slow read is enough then", () => {
  const disk = new DiskSpeed();
  for (let i = 0; i < 3; i++) disk.note(SLOW_MS, 0);
  assert(disk.isSlow(SLOW_MIN_MS - 1));
  assert(!disk.isSlow(SLOW_MIN_MS));
  disk.note(SLOW_MS, SLOW_MIN_MS);
  assert(disk.isSlow(SLOW_MIN_MS + 1));
});

Deno.test("DiskSpeed waits twice as long each time it is slow again soon, SLOW_MAX_MS at most", () => {
  const disk = new DiskSpeed();
  let nowMs = 0;
  for (let i = 0; i < 3; i++) disk.note(SLOW_MS, nowMs);
  const waitsMs: number[] = [];
  for (let i = 0; i < 8; i++) {
    const sinceMs = nowMs;
    while (disk.isSlow(nowMs)) nowMs += 100;
    waitsMs.push(nowMs - sinceMs);
    disk.note(SLOW_MS, nowMs);
  }
  const expected = waitsMs.map((_, i) => Math.min(SLOW_MIN_MS * 2 ** i, SLOW_MAX_MS));
  assertEquals(waitsMs, expected);
});

Deno.test("DiskSpeed that was quick for long waits SLOW_MIN_MS again", () => {
  const disk = new DiskSpeed();
  for (let i = 0; i < 3; i++) disk.note(SLOW_MS, 0);
  const laterMs = 10 * SLOW_MIN_MS;
  for (let i = 0; i < 1000; i++) disk.note(QUICK_MS, laterMs);
  for (let i = 0; i < 2; i++) disk.note(SLOW_MS, laterMs);
  assert(!disk.isSlow(laterMs), "quick reads are forgotten");
  disk.note(SLOW_MS, laterMs);
  assert(disk.isSlow(laterMs + SLOW_MIN_MS - 1));
  assert(!disk.isSlow(laterMs + SLOW_MIN_MS));
});

Deno.test("ReadCost forgets what was read if reading that is slow too", () => {
  const reads = new Reads();
  for (let unit = 0; unit < UNITS - 1; unit++) reads.read(unit, QUICK_MS);
  for (let i = 0; reads.isQuick(5); i++) {
    assert(i < 20, "it never forgot");
    reads.read(5, SLOW_MS);
  }
  assertEquals(reads.quickUnits(), []);
});

Deno.test("ReadCost knows a range only if all of its units were read", () => {
  const range = fc.tuple(fc.nat(FILE_BYTES - 1), fc.integer({ min: 1, max: 3 * UNIT_BYTES }))
    .map(([from, length]) => [from, Math.min(from + length, FILE_BYTES)] as const);
  fc.assert(fc.property(fc.array(range, { maxLength: 12 }), range, (readRanges, [from, to]) => {
    const reads = new Reads();
    reads.becomeSlow();
    const known = new Set(reads.quickUnits());
    for (const [readFrom, readTo] of readRanges) {
      reads.cost.noteAwaited(readFrom, readTo);
      for (const unit of unitsOf(readFrom, readTo)) known.add(unit);
    }
    const isKnown = unitsOf(from, to).every((unit) => known.has(unit));
    assertEquals(reads.cost.isQuick(from, to, 0), isKnown);
  }));
});

/** The units that a range touches, byte by byte. */
function unitsOf(from: number, to: number): number[] {
  const units = new Set<number>();
  for (let at = from; at < to; at++) units.add(Math.floor(at / UNIT_BYTES));
  return [...units];
}
