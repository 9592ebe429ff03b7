import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PositionalText, READERS } from "../../../src/source/local/positional_text.ts";
import { CAUTION_MS } from "../../../src/source/local/caution.ts";
import {
  FAR_MS,
  RESIDENT_BLOCK_BYTES,
  STALL_MS,
} from "../../../src/source/local/resident_blocks.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { TextFile } from "../../../src/source/local/text_file.ts";
import { latin1, withFile, withPlaces } from "../../support/index_files.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { openPositional } from "../../support/text_fixture.ts";
import { openFilesIn } from "../../support/text_threads.ts";

Deno.test("bytes are read at every position and length, waiting and not", async () => {
  const bytes = latin1("0123456789");
  await withFile(bytes, async (path) => {
    using text = openPositional(path);
    assertEquals([text.bytes, text.path], [10, path]);
    for (let from = 10; from >= 0; from--) {
      for (let to = from; to <= 10; to++) {
        const sync = new Uint8Array(to - from);
        const async = new Uint8Array(to - from);
        if (to > from) text.readSync(sync, to - from, from);
        await text.read(async, from);
        assertEquals([...sync], [...bytes.subarray(from, to)]);
        assertEquals([...async], [...bytes.subarray(from, to)]);
      }
    }
  });
});

Deno.test("readSync fills as many bytes as were asked for, and leaves the others", async () => {
  await withFile(latin1("0123456789"), (path) => {
    using text = openPositional(path);
    const into = new Uint8Array(6);
    text.readSync(into, 4, 3);
    assertEquals([...into], [...latin1("3456"), 0, 0]);
  });
});

Deno.test("reads that overlap do not disturb each other", async () => {
  const bytes = new Uint8Array(256 * 100).map((_, i) => i / 100);
  await withFile(bytes, async (path) => {
    using text = openPositional(path);
    const into = new Uint8Array(100);
    const reads = Array.from({ length: 256 }, async (_, i) => {
      const into = new Uint8Array(100);
      await text.read(into, i * 100);
      assertEquals([...into], new Array(100).fill(i));
    });
    for (let i = 255; i >= 0; i--) {
      text.readSync(into, 100, i * 100);
      assertEquals([...into], new Array(100).fill(i));
    }
    await Promise.all(reads);
  });
});

Deno.test("bytes beyond 2^32 are read where they stand, waiting and not", async () => {
  await withFile(latin1("start"), async (path) => {
    const offset = 2 ** 33 + 5;
    {
      using file = await Deno.open(path, { write: true });
      await file.seek(offset, Deno.SeekMode.Start);
      await file.write(latin1("end"));
    }
    using text = openPositional(path);
    const into = new Uint8Array(4);
    text.readSync(into, 4, offset - 1);
    assertEquals([...into], [0, ...latin1("end")]);
    await text.read(into.fill(9), offset - 1);
    assertEquals([...into], [0, ...latin1("end")]);
    await text.fetch(offset - 1, offset + 3);
    assertEquals(text.isAtHand(offset - 1, offset + 3), true);
  });
});

Deno.test("reading beyond the end is an error that names the place", async () => {
  await withFile(latin1("0123456789"), async (path) => {
    using text = openPositional(path);
    assertThrows(() => text.readSync(new Uint8Array(2), 2, 9), TextError, "ends at byte 10");
    assertThrows(() => text.readSync(new Uint8Array(1), 1, 20), TextError, path);
    await assertRejects(() => text.read(new Uint8Array(2), 9), TextError, "ends at byte 10");
    await assertRejects(() => text.read(new Uint8Array(1), 2 ** 40), TextError, path);
  });
});

Deno.test("a text that was cut off since it was opened is an error that names both ends", async () => {
  await withFile(latin1("0123456789"), async (path) => {
    using text = openPositional(path);
    await Deno.truncate(path, 4);
    const message = `Text ends at byte 4, not at 10: ${path}`;
    assertThrows(() => text.readSync(new Uint8Array(10), 10, 0), TextError, message);
    await assertRejects(() => text.read(new Uint8Array(10), 0), TextError, message);
  });
});

Deno.test("a text stays open when the one that it was opened from is closed, and when it is removed", async () => {
  await withFile(latin1("abc"), async (path) => {
    using text = openPositional(path);
    await Deno.remove(path);
    const into = new Uint8Array(3);
    await text.read(into, 0);
    assertEquals([...into], [...latin1("abc")]);
  });
});

Deno.test("its size is that of the text which it was opened from, whatever was appended since", async () => {
  await withFile(latin1("abc"), async (path) => {
    using file = TextFile.open(path);
    await Deno.writeFile(path, latin1("def"), { append: true });
    using text = PositionalText.open(file);
    assertEquals(text.bytes, 3);
  });
});

Deno.test("a text that was touched or renamed and is back is opened once more", async () => {
  await withFile(latin1("abc"), async (path) => {
    using file = TextFile.open(path);
    await Deno.utime(path, 1, 2);
    await Deno.rename(path, `${path}.away`);
    await Deno.rename(`${path}.away`, path);
    using text = PositionalText.open(file);
    assertEquals(text.bytes, 3);
  });
});

Deno.test("a text whose path leads elsewhere by now is not opened, and no file is left open", async () => {
  const changes: readonly (readonly [(path: string) => void, string])[] = [
    [(path) => Deno.writeTextFileSync(path, "abc"), "was replaced while it was opened"],
    [(path) => Deno.mkdirSync(path), "Text was replaced while it was opened"],
    [(path) => Deno.symlinkSync(`${path}.none`, path), "no such file or directory"],
    [() => {}, "no such file or directory"],
  ];
  for (const [replace, message] of changes) {
    await withPlaces(({ directory, textPath }) => {
      Deno.writeTextFileSync(textPath, "abc");
      using file = TextFile.open(textPath);
      // Renamed, not removed: another file must not get the same inode.
      Deno.renameSync(textPath, `${textPath}.away`);
      replace(textPath);
      const before = openFilesIn(directory).length;
      const error = assertThrows(() => PositionalText.open(file), TextError, message);
      assertEquals(error.message.includes(textPath), true);
      assertEquals(openFilesIn(directory).length, before);
    });
  }
});

const BLOCKS = 40;

/** Blocks in which every byte says something of its place; the last block is not a whole one. */
const BLOCKS_OF_BYTES = new Uint8Array((BLOCKS - 1) * RESIDENT_BLOCK_BYTES + 1000)
  .map((_, i) => i * 31 + Math.floor(i / 251));

interface BlocksScene {
  readonly path: string;
  readonly text: PositionalText;
  /** Time passes as the test says, so that no read is slow by chance. */
  readonly clock: ManualClock;
}

async function withBlocks(body: (scene: BlocksScene) => void | Promise<void>): Promise<void> {
  await withFile(BLOCKS_OF_BYTES, async (path) => {
    using clock = new ManualClock();
    using text = openPositional(path);
    await body({ path, text, clock });
  });
}

/** Reads a byte of a block, and that seems to wait for the disk: then unknown blocks are not at hand. */
function stall({ text, clock }: BlocksScene, block: number): void {
  clock.slowly(20, () => text.readSync(new Uint8Array(1), 1, block * RESIDENT_BLOCK_BYTES));
}

function rangeOf(block: number): [from: number, to: number] {
  const from = block * RESIDENT_BLOCK_BYTES;
  return [from, Math.min(from + RESIDENT_BLOCK_BYTES, BLOCKS_OF_BYTES.length)];
}

/** The numbers of the blocks that are at hand. */
function blocksAtHand(text: PositionalText): number[] {
  return Array.from({ length: BLOCKS }, (_, block) => block)
    .filter((block) => text.isAtHand(...rangeOf(block)));
}

function assertReads(text: PositionalText, from: number, to: number): void {
  const into = new Uint8Array(to - from);
  text.readSync(into, to - from, from);
  assertEquals(into, BLOCKS_OF_BYTES.slice(from, to));
}

Deno.test("everything is at hand until a synchronous read takes long, and again after the caution", async () => {
  await withBlocks((scene) => {
    const { text, clock } = scene;
    assertReads(text, 5 * RESIDENT_BLOCK_BYTES - 3, 6 * RESIDENT_BLOCK_BYTES);
    assert(text.isAtHand(0, BLOCKS_OF_BYTES.length));
    stall(scene, 9);
    assertEquals(blocksAtHand(text), [4, 5, 9]);
    clock.nowMs += CAUTION_MS;
    assert(text.isAtHand(0, BLOCKS_OF_BYTES.length));
  });
});

Deno.test("what was fetched is at hand, to the ends of its blocks, and reads as it stands", async () => {
  const block = RESIDENT_BLOCK_BYTES;
  const fetches: readonly (readonly [from: number, to: number, blocks: number[]])[] = [
    [3 * block, 3 * block + 1, [3]],
    [4 * block - 1, 4 * block, [3]],
    [4 * block - 1, 4 * block + 1, [3, 4]],
    [7 * block + 5, 11 * block - 5, [7, 8, 9, 10]],
    [8 * block, 10 * block, [8, 9]],
  ];
  for (const [from, to, blocks] of fetches) {
    await withBlocks(async (scene) => {
      stall(scene, 0);
      assert(!scene.text.isAtHand(from, to));
      await scene.text.fetch(from, to);
      assertEquals(blocksAtHand(scene.text), [0, ...blocks], `${from} to ${to}`);
      assertReads(scene.text, from, to);
    });
  }
});

Deno.test("a near disk is waited for, and a far one is not", async () => {
  for (const [tookMs, isNear] of [[2 * STALL_MS, true], [2 * FAR_MS, false]] as const) {
    await withBlocks(async (scene) => {
      const { text, clock } = scene;
      clock.slowly(tookMs, () => text.readSync(new Uint8Array(1), 1, 0));
      assertEquals([text.isDiskNear, blocksAtHand(text)], [isNear, [0]]);
      const fetched = text.fetch(3 * RESIDENT_BLOCK_BYTES, 3 * RESIDENT_BLOCK_BYTES + 1);
      assertEquals(blocksAtHand(text), isNear ? [0, 3] : [0]);
      await fetched;
      assertEquals(blocksAtHand(text), [0, 3]);
      assertReads(text, ...rangeOf(3));
    });
  }
});

Deno.test("the end of a text is fetched where it is not a whole block", async () => {
  await withBlocks(async (scene) => {
    stall(scene, 0);
    const end = BLOCKS_OF_BYTES.length;
    await scene.text.fetch(end - 1, end);
    assertEquals(blocksAtHand(scene.text), [0, BLOCKS - 1]);
    assertReads(scene.text, end - 1000, end);
    await scene.text.fetch(end - 3 * RESIDENT_BLOCK_BYTES, end);
    assertReads(scene.text, end - 3 * RESIDENT_BLOCK_BYTES, end);
  });
});

Deno.test("a text of less than one block is fetched", async () => {
  await withFile(latin1("0123456789"), async (path) => {
    using text = openPositional(path);
    for (const [from, to] of [[0, 1], [9, 10], [0, 10]] as const) await text.fetch(from, to);
    assert(text.isAtHand(0, 10));
  });
});

Deno.test("what is known to be in the system's memory is not read once more to fetch it", async () => {
  await withBlocks(async (scene) => {
    const { text, path } = scene;
    await text.fetch(...rangeOf(2));
    stall(scene, 3);
    // Whatever were read from here on would fail.
    await Deno.truncate(path, 0);
    await text.fetch(2 * RESIDENT_BLOCK_BYTES, 4 * RESIDENT_BLOCK_BYTES);
    await assertRejects(() => text.fetch(...rangeOf(4)), TextError);
  });
});

Deno.test("where a text was cut off, fetching it is an error, and nothing is taken to be at hand", async () => {
  await withBlocks(async (scene) => {
    const { text, path } = scene;
    const cutAt = 20 * RESIDENT_BLOCK_BYTES + 7;
    await Deno.truncate(path, cutAt);
    stall(scene, 0);
    const message = `Text ends at byte ${cutAt}, not at ${BLOCKS_OF_BYTES.length}: ${path}`;
    await assertRejects(() => text.fetch(...rangeOf(20)), TextError, message);
    await assertRejects(() => text.fetch(...rangeOf(21)), TextError, path);
    // What stands before the place is fetched as far as it goes.
    await assertRejects(() => text.fetch(19 * RESIDENT_BLOCK_BYTES, cutAt), TextError, message);
    assertEquals(blocksAtHand(text), [0, 19]);
  });
});

Deno.test("many more fetches and reads at once than there are readers all come to their end", async () => {
  await withBlocks(async (scene) => {
    const { text } = scene;
    stall(scene, 0);
    const fetches = Array.from({ length: BLOCKS - 2 }, (_, i) => {
      const [from] = rangeOf(i + 1);
      return text.fetch(from, from + RESIDENT_BLOCK_BYTES + 1);
    });
    const reads = Array.from({ length: 5 * READERS }, async (_, i) => {
      const into = new Uint8Array(777);
      await text.read(into, i * 9999);
      assertEquals(into, BLOCKS_OF_BYTES.slice(i * 9999, i * 9999 + 777));
    });
    await Promise.all([...fetches, ...reads]);
    assertEquals(blocksAtHand(text).length, BLOCKS);
    assertReads(text, 0, BLOCKS_OF_BYTES.length);
  });
});

Deno.test("fetches and reads that fail, many at once, leave readers for those behind them", async () => {
  await withBlocks(async (scene) => {
    const { text, path } = scene;
    await Deno.truncate(path, 2 * RESIDENT_BLOCK_BYTES);
    stall(scene, 0);
    const failing = Array.from(
      { length: 3 * READERS },
      (_, i) => i % 2 === 0 ? text.fetch(...rangeOf(5)) : text.read(new Uint8Array(9), 10 ** 6),
    );
    const good = text.fetch(...rangeOf(1));
    const outcomes = await Promise.allSettled(failing);
    assert(outcomes.every((outcome) => outcome.status === "rejected"));
    await good;
    assertEquals(blocksAtHand(text), [0, 1]);
    // One behind the other, through every reader.
    for (let i = 0; i < 2 * READERS; i++) await text.read(new Uint8Array(9), i);
  });
});

Deno.test({
  name: "files are opened as they are needed, and close closes every one",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withPlaces(async ({ directory, textPath }) => {
      await Deno.writeFile(textPath, BLOCKS_OF_BYTES);
      {
        using clock = new ManualClock();
        using text = openPositional(textPath);
        stall({ path: textPath, text, clock }, BLOCKS - 1);
        assertEquals(openFilesIn(directory).length, 1);
        await text.fetch(...rangeOf(0));
        assertEquals(openFilesIn(directory).length, 1);
        await Promise.all(Array.from({ length: 20 }, (_, i) => text.fetch(...rangeOf(i))));
        await assertRejects(() => text.read(new Uint8Array(1), 10 ** 9), TextError);
        assertEquals(openFilesIn(directory).length, READERS);
      }
      assertEquals(openFilesIn(directory), []);
    });
  },
});

Deno.test("a text whose path leads elsewhere is read on, with the files that are open", async () => {
  await withPlaces(async ({ textPath }) => {
    await Deno.writeFile(textPath, BLOCKS_OF_BYTES);
    using text = openPositional(textPath);
    await Deno.rename(textPath, `${textPath}.old`);
    await Deno.writeFile(textPath, new Uint8Array(BLOCKS_OF_BYTES.length));
    const reads = Array.from({ length: 2 * READERS }, async (_, i) => {
      const into = new Uint8Array(9);
      await text.read(into, i);
      assertEquals(into, BLOCKS_OF_BYTES.slice(i, i + 9));
    });
    await Promise.all(reads);
  });
});
