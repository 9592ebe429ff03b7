import { assert, assertEquals } from "@std/assert";
import { RING_SLOTS, ScanRing } from "../../../src/index/scan/scan_ring.ts";
import type { ScanTask } from "../../../src/index/scan/scan_worker.ts";
import { SEGMENT_BYTES, segmentCount } from "../../../src/index/scan/segment_scanner.ts";
import { statText } from "../../../src/source/local/text_file.ts";
import { withFile } from "../../support/index_files.ts";
import {
  assertSamePositions,
  naiveNewlines,
  randomText,
  segmentRange,
} from "../../support/text_newlines.ts";
import { neverHangs, openFilesIn, published } from "../../support/text_threads.ts";

const TEXT = randomText(3 * SEGMENT_BYTES + 1000, 30, 1);

/** A helper that nobody else helps, and the ring that it searches for. */
class Helper implements Disposable {
  readonly ring: ScanRing;
  /** Resolves when it has read what it was told. */
  readonly begun: Promise<unknown>;
  /** Resolves when it has come to its end, with how. */
  readonly ended: Promise<unknown>;
  readonly #worker = new Worker(import.meta.resolve("../../support/text_helper.ts"), {
    type: "module",
  });
  readonly #task: ScanTask;

  /** Opens nothing yet: what happens to the text before {@linkcode start} comes first. */
  constructor(textPath: string) {
    const { bytes: textBytes, inode } = statText(textPath);
    this.ring = ScanRing.create(textBytes);
    this.#task = { textPath, textBytes, inode, ring: this.ring.buffer };
    const messages = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()] as const;
    let received = 0;
    this.#worker.onmessage = ({ data }) => messages[received++]?.resolve(data);
    this.begun = neverHangs(messages[0].promise);
    this.ended = neverHangs(messages[1].promise);
  }

  async start(): Promise<void> {
    this.#worker.postMessage(this.#task);
    assertEquals(await this.begun, "begun");
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** The newlines of a segment of a text, found byte by byte. */
function newlinesOf(text: Uint8Array, segment: number): number[] {
  return naiveNewlines(text.subarray(...segmentRange(segment, text.length)));
}

/** How many segments of the text were claimed by the helper, up to now. */
function claimed(ring: ScanRing): number {
  const next = ring.claim();
  return typeof next === "number" ? next : segmentCount(TEXT.length);
}

/** What was found in a segment, once it is there. */
function searched(ring: ScanRing, segment: number): Uint32Array {
  const found = published(ring, segment);
  assert(found !== "failed", `segment ${segment} failed`);
  return found;
}

function assertFailed(ring: ScanRing, segment: number, what = `segment ${segment}`): void {
  assert(published(ring, segment) === "failed", `${what} did not fail`);
}

Deno.test("a helper searches a text to its end alone, and ends", async () => {
  await withFile(TEXT, async (path) => {
    using helper = new Helper(path);
    await helper.start();
    assertEquals(await helper.ended, "ended");
    assertEquals(helper.ring.claim(), "end");
    for (let segment = 0; segment < segmentCount(TEXT.length); segment++) {
      assertSamePositions(
        searched(helper.ring, segment),
        newlinesOf(TEXT, segment),
        `segment ${segment}`,
      );
    }
  });
});

Deno.test("a helper goes ahead as far as there is room, and on as segments are taken", async () => {
  const text = randomText((2 * RING_SLOTS + 3) * SEGMENT_BYTES, 3_000, 2);
  await withFile(text, async (path) => {
    using helper = new Helper(path);
    await helper.start();
    published(helper.ring, RING_SLOTS - 1);
    assertEquals(helper.ring.claim(), "full");
    for (let segment = 0; segment < segmentCount(text.length); segment++) {
      assertSamePositions(
        searched(helper.ring, segment),
        newlinesOf(text, segment),
        `segment ${segment}`,
      );
      helper.ring.take();
    }
    assertEquals(await helper.ended, "ended");
  });
});

Deno.test("a helper that waits for room ends when the search is stopped", async () => {
  await withFile(new Uint8Array((RING_SLOTS + 1) * SEGMENT_BYTES), async (path) => {
    using helper = new Helper(path);
    await helper.start();
    published(helper.ring, RING_SLOTS - 1);
    helper.ring.stop();
    assertEquals(await helper.ended, "ended");
  });
});

Deno.test("a helper claims nothing of a search that was stopped before it began", async () => {
  await withFile(TEXT, async (path) => {
    using helper = new Helper(path);
    helper.ring.stop();
    await helper.start();
    assertEquals(await helper.ended, "ended");
    assertEquals(helper.ring.newlines(0), undefined);
  });
});

Deno.test("a helper of an empty text ends", async () => {
  await withFile(new Uint8Array(), async (path) => {
    using helper = new Helper(path);
    await helper.start();
    assertEquals(await helper.ended, "ended");
  });
});

Deno.test("nothing is found in segments that were cut off before the helper opened the text", async () => {
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
      using helper = new Helper(path);
      await Deno.truncate(path, length);
      await helper.start();
      assertEquals(await helper.ended, "ended");
      // It may leave them to others too.
      const claims = claimed(helper.ring);
      for (let segment = 0; segment < claims; segment++) {
        const what = `segment ${segment} of a text cut off at ${length}`;
        if (segment >= whole) assertFailed(helper.ring, segment, what);
        else assertSamePositions(searched(helper.ring, segment), newlinesOf(TEXT, segment), what);
      }
    });
  }
});

Deno.test("segments that are cut off while a helper searches are published as failed", async () => {
  await withFile(new Uint8Array((RING_SLOTS + 2) * SEGMENT_BYTES).fill(0x0a), async (path) => {
    using helper = new Helper(path);
    await helper.start();
    published(helper.ring, RING_SLOTS - 1);
    await Deno.truncate(path, RING_SLOTS * SEGMENT_BYTES + 7);
    for (let segment = 0; segment < RING_SLOTS; segment++) {
      assertEquals(searched(helper.ring, segment).length, SEGMENT_BYTES);
      helper.ring.take();
    }
    assertFailed(helper.ring, RING_SLOTS);
    assertFailed(helper.ring, RING_SLOTS + 1);
    assertEquals(await helper.ended, "ended");
  });
});

Deno.test("what was appended before the helper opened the text is not searched", async () => {
  await withFile(TEXT, async (path) => {
    using helper = new Helper(path);
    await Deno.writeFile(path, new Uint8Array(2 * SEGMENT_BYTES).fill(0x0a), { append: true });
    await helper.start();
    assertEquals(await helper.ended, "ended");
    // It may leave all to others too.
    const claims = claimed(helper.ring);
    for (let segment = 0; segment < claims; segment++) {
      assertSamePositions(searched(helper.ring, segment), newlinesOf(TEXT, segment));
    }
  });
});

for (
  const [what, change] of [
    ["was removed", (path: string) => Deno.remove(path)],
    ["has made room for another text", async (path: string) => {
      await Deno.writeFile(`${path}.new`, new Uint8Array(TEXT.length).fill(0x0a));
      await Deno.rename(`${path}.new`, path);
    }],
    ["has made room for a directory", async (path: string) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    }],
    ["has made room for a link that leads nowhere", async (path: string) => {
      await Deno.remove(path);
      await Deno.symlink(`${path}.none`, path);
    }],
  ] as const
) {
  Deno.test(`a helper that comes when the text ${what} leaves all to others, and ends`, async () => {
    await withFile(TEXT, async (path) => {
      using helper = new Helper(path);
      await change(path);
      await helper.start();
      assertEquals(await helper.ended, "ended");
      assertEquals(helper.ring.claim(), 0);
      // It says so before its thread is ended, which would close them too.
      assertEquals(openFilesIn(path.slice(0, path.lastIndexOf("/"))), []);
    });
  });
}
