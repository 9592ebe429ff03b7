import { assert, assertEquals } from "@std/assert";
import { RING_SLOTS, ScanRing } from "../../../src/index/scan/scan_ring.ts";
import type { ScanTask } from "../../../src/index/scan/scan_worker.ts";
import { SEGMENT_BYTES, segmentCount } from "../../../src/index/scan/segment_scanner.ts";
import { identityIfThere } from "../../../src/source/local/file_identity.ts";
import { withFile } from "../../support/index_files.ts";
import {
  assertSamePositions,
  naiveNewlines,
  randomText,
  segmentRange,
} from "../../support/text_newlines.ts";
import {
  neverHangs,
  openFilesIn,
  published,
  SCAN_WORKER,
  SeenHelper,
} from "../../support/text_threads.ts";

const TEXT = randomText(3 * SEGMENT_BYTES + 1000, 30, 1);

/** A worker that scans alone, and its ring. */
class ScanThread implements Disposable {
  readonly ring: ScanRing;
  readonly #task: ScanTask;
  #worker: SeenHelper | undefined;

  /** Starts nothing yet: the text can be changed before {@linkcode start}. */
  constructor(path: string) {
    const identity = identityIfThere(path)!;
    this.ring = new ScanRing(identity.size);
    this.#task = { path, identity, ring: this.ring.buffer };
  }

  async start(): Promise<void> {
    this.#worker = new SeenHelper(SCAN_WORKER, this.#task);
    await neverHangs(this.#worker.started);
  }

  /** Waits until it has nothing left to scan. */
  async end(): Promise<void> {
    await neverHangs(this.#worker!.ended);
  }

  [Symbol.dispose](): void {
    this.#worker?.terminate();
  }
}

/** The newlines of a segment of a text, found byte by byte. */
function newlinesOf(text: Uint8Array, segment: number): number[] {
  return naiveNewlines(text.subarray(...segmentRange(segment, text.length)));
}

/** How many segments of the text the worker has claimed. */
function claimed(ring: ScanRing): number {
  const next = ring.claim();
  return typeof next === "number" ? next : segmentCount(TEXT.length);
}

/** Waits for what was found in a segment. */
function scanned(ring: ScanRing, segment: number): Uint32Array {
  const found = published(ring, segment);
  assert(found !== "failed", `segment ${segment} failed`);
  return found;
}

function assertFailed(ring: ScanRing, segment: number, what = `segment ${segment}`): void {
  assert(published(ring, segment) === "failed", `${what} did not fail`);
}

Deno.test("scan_worker scans a text to its end alone, and ends", async () => {
  await withFile(TEXT, async (path) => {
    using worker = new ScanThread(path);
    await worker.start();
    await worker.end();
    assertEquals(worker.ring.claim(), "end");
    for (let segment = 0; segment < segmentCount(TEXT.length); segment++) {
      assertSamePositions(
        scanned(worker.ring, segment),
        newlinesOf(TEXT, segment),
        `segment ${segment}`,
      );
    }
  });
});

Deno.test("scan_worker goes ahead as far as there is room, and on as segments are taken", async () => {
  const text = randomText((2 * RING_SLOTS + 3) * SEGMENT_BYTES, 3_000, 2);
  await withFile(text, async (path) => {
    using worker = new ScanThread(path);
    await worker.start();
    published(worker.ring, RING_SLOTS - 1);
    assertEquals(worker.ring.claim(), "full");
    for (let segment = 0; segment < segmentCount(text.length); segment++) {
      assertSamePositions(
        scanned(worker.ring, segment),
        newlinesOf(text, segment),
        `segment ${segment}`,
      );
      worker.ring.take();
    }
    await worker.end();
  });
});

Deno.test("scan_worker that waits for room ends when the scan is stopped", async () => {
  await withFile(new Uint8Array((RING_SLOTS + 1) * SEGMENT_BYTES), async (path) => {
    using worker = new ScanThread(path);
    await worker.start();
    published(worker.ring, RING_SLOTS - 1);
    worker.ring.stop();
    await worker.end();
  });
});

Deno.test("scan_worker claims nothing of a scan that was stopped before", async () => {
  await withFile(TEXT, async (path) => {
    using worker = new ScanThread(path);
    worker.ring.stop();
    await worker.start();
    await worker.end();
    assertEquals(worker.ring.newlines(0), undefined);
  });
});

Deno.test("scan_worker of an empty text ends", async () => {
  await withFile(new Uint8Array(), async (path) => {
    using worker = new ScanThread(path);
    await worker.start();
    await worker.end();
  });
});

Deno.test("scan_worker publishes segments as failed that were cut off before it opened the text", async () => {
  const cuts = [
    [3 * SEGMENT_BYTES + 999, 3],
    [3 * SEGMENT_BYTES, 3],
    [3 * SEGMENT_BYTES - 1, 2],
    [SEGMENT_BYTES + 1, 1],
    [SEGMENT_BYTES, 1],
    [1, 0],
    [0, 0],
  ] as const;
  for (const [length, whole] of cuts) {
    await withFile(TEXT, async (path) => {
      using worker = new ScanThread(path);
      await Deno.truncate(path, length);
      await worker.start();
      await worker.end();
      // It may also claim none of them.
      const claims = claimed(worker.ring);
      for (let segment = 0; segment < claims; segment++) {
        const what = `segment ${segment} of a text cut off at ${length}`;
        if (segment >= whole) assertFailed(worker.ring, segment, what);
        else assertSamePositions(scanned(worker.ring, segment), newlinesOf(TEXT, segment), what);
      }
    });
  }
});

Deno.test("scan_worker publishes segments as failed that are cut off while it scans", async () => {
  await withFile(new Uint8Array((RING_SLOTS + 2) * SEGMENT_BYTES).fill(0x0a), async (path) => {
    using worker = new ScanThread(path);
    await worker.start();
    published(worker.ring, RING_SLOTS - 1);
    await Deno.truncate(path, RING_SLOTS * SEGMENT_BYTES + 7);
    for (let segment = 0; segment < RING_SLOTS; segment++) {
      assertEquals(scanned(worker.ring, segment).length, SEGMENT_BYTES);
      worker.ring.take();
    }
    assertFailed(worker.ring, RING_SLOTS);
    assertFailed(worker.ring, RING_SLOTS + 1);
    await worker.end();
  });
});

Deno.test("scan_worker does not scan what was appended before it opened the text", async () => {
  await withFile(TEXT, async (path) => {
    using worker = new ScanThread(path);
    await Deno.writeFile(path, new Uint8Array(2 * SEGMENT_BYTES).fill(0x0a), { append: true });
    await worker.start();
    await worker.end();
    // It may also claim none of them.
    const claims = claimed(worker.ring);
    for (let segment = 0; segment < claims; segment++) {
      assertSamePositions(scanned(worker.ring, segment), newlinesOf(TEXT, segment));
    }
  });
});

for (
  const [what, change] of [
    ["was removed", (path: string) => Deno.remove(path)],
    ["was replaced by another text", async (path: string) => {
      await Deno.writeFile(`${path}.new`, new Uint8Array(TEXT.length).fill(0x0a));
      await Deno.rename(`${path}.new`, path);
    }],
    ["was replaced by a directory", async (path: string) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    }],
    ["was replaced by a link that leads nowhere", async (path: string) => {
      await Deno.remove(path);
      await Deno.symlink(`${path}.none`, path);
    }],
  ] as const
) {
  Deno.test(`scan_worker claims nothing, and ends, if the text ${what} before it starts`, async () => {
    await withFile(TEXT, async (path) => {
      using worker = new ScanThread(path);
      await change(path);
      await worker.start();
      await worker.end();
      assertEquals(worker.ring.claim(), 0);
      // Before its thread is terminated, which would close the file too.
      assertEquals(openFilesIn(path.slice(0, path.lastIndexOf("/"))), []);
    });
  });
}
