// A read that blocked its thread for this long did not come from the operating system's cache, nor from a near
// disk; but the scheduler may have taken the processor away.
const SLOW_READ_MS = 1;

// Slow reads add the time they took; each quick one subtracts this.
const QUICK_CREDIT_MS = 0.2;

// A disk counts as slow once the sum is more than this.
const SLOW_DISK_MS = 10;

/** For how long a disk counts as slow; twice as long each time if it is slow again soon after. */
export const SLOW_MIN_MS = 1_000;

/** The longest time for which a disk counts as slow. */
export const SLOW_MAX_MS = 60_000;

// Reads of what was read before are only slow if the operating system has dropped it, which is rare, or if
// the scheduler took the processor away, which is not.
const DROPPED_MS = 50;

// A single read counts for at most this share of a limit, because the scheduler may have taken the processor
// away for any time. It hardly does that twice within a few quick reads.
const SINGLE_READ_MAX_SHARE = 0.6;

// The operating system caches pages of this size. A larger unit is used if the memory would be too large: then
// a part of a unit may count as read that was not.
const UNIT_MIN_BYTES = 4 * 1024;
const MEMORY_MAX_BYTES = 8 * 1024 * 1024;

/**
 * Estimates whether reads of a disk block for long: a circuit breaker over a leaky bucket of milliseconds. After a
 * disk has counted as slow for a while, one read is enough to tell. Files on one disk may share it.
 */
export class DiskSpeed {
  #sumMs = 0;
  #slowUntilMs = -Infinity;
  #slowForMs = SLOW_MIN_MS;

  isSlow(nowMs: number): boolean {
    return nowMs < this.#slowUntilMs;
  }

  /** Learns from a read that was made at once. */
  note(tookMs: number, nowMs: number): void {
    this.#sumMs = leak(this.#sumMs, tookMs, SLOW_DISK_MS);
    if (this.#sumMs > SLOW_DISK_MS) this.setSlow(nowMs);
  }

  setSlow(nowMs: number): void {
    const wasQuickMs = nowMs - this.#slowUntilMs;
    this.#slowForMs = wasQuickMs < this.#slowForMs
      ? Math.min(2 * this.#slowForMs, SLOW_MAX_MS)
      : SLOW_MIN_MS;
    this.#slowUntilMs = nowMs + this.#slowForMs;
    this.#sumMs = SLOW_DISK_MS;
  }
}

/**
 * Estimates whether a read of a file blocks its thread for long.
 *
 * - While its disk is quick, every read may be made at once: on a near disk that costs less than asking another
 *   thread.
 * - While it is slow, only what was read before may be read at once. Everything else is awaited.
 * - If what was read before is slow too, the operating system has dropped it: all is forgotten.
 *
 * A wrong estimate costs time, never a wrong byte. `preadv2` with `RWF_NOWAIT` would make this unnecessary; Deno
 * does not offer it. It takes one bit for each 4 KiB of the file, 8 MiB at most.
 */
export class ReadCost {
  readonly #wasRead: Uint8Array;
  readonly #unitBytes: number;
  readonly #disk: DiskSpeed;
  #knownSumMs = 0;

  /** @param fileBytes the size of the file */
  constructor(fileBytes: number, disk: DiskSpeed) {
    let unitBytes = UNIT_MIN_BYTES;
    while (fileBytes / unitBytes / 8 > MEMORY_MAX_BYTES) unitBytes *= 2;
    this.#unitBytes = unitBytes;
    this.#wasRead = new Uint8Array(Math.ceil(fileBytes / unitBytes / 8));
    this.#disk = disk;
  }

  /** Whether the bytes from `offset` to `end` may be read at once. */
  isQuick(offset: number, end: number, nowMs: number): boolean {
    return !this.#disk.isSlow(nowMs) || this.#has(offset, end);
  }

  /** Learns from a read that was made at once. */
  noteRead(offset: number, end: number, tookMs: number, nowMs: number): void {
    if (this.#has(offset, end)) return this.#noteKnown(tookMs, nowMs);
    this.#disk.note(tookMs, nowMs);
    this.noteAwaited(offset, end);
  }

  /** Remembers that the bytes were read. */
  noteAwaited(offset: number, end: number): void {
    const last = Math.floor((end - 1) / this.#unitBytes);
    for (let unit = Math.floor(offset / this.#unitBytes); unit <= last; unit++) {
      this.#wasRead[Math.floor(unit / 8)]! |= 1 << unit % 8;
    }
  }

  #noteKnown(tookMs: number, nowMs: number): void {
    this.#knownSumMs = leak(this.#knownSumMs, tookMs, DROPPED_MS);
    if (this.#knownSumMs <= DROPPED_MS) return;
    this.#knownSumMs = 0;
    this.#wasRead.fill(0);
    this.#disk.setSlow(nowMs);
  }

  #has(offset: number, end: number): boolean {
    const last = Math.floor((end - 1) / this.#unitBytes);
    for (let unit = Math.floor(offset / this.#unitBytes); unit <= last; unit++) {
      if ((this.#wasRead[Math.floor(unit / 8)]! & 1 << unit % 8) === 0) return false;
    }
    return true;
  }
}

function leak(sumMs: number, tookMs: number, limitMs: number): number {
  if (tookMs < SLOW_READ_MS) return Math.max(sumMs - QUICK_CREDIT_MS, 0);
  return sumMs + Math.min(tookMs, SINGLE_READ_MAX_SHARE * limitMs);
}
