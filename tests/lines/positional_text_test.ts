import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PositionalText } from "../../src/lines/positional_text.ts";
import { TextError } from "../../src/text/text_error.ts";
import { TextFile } from "../../src/text/text_file.ts";
import { latin1, withFile, withPlaces } from "../support/index_files.ts";
import { openPositional } from "../support/text_fixture.ts";
import { openFilesIn } from "../support/text_threads.ts";

Deno.test("bytes are read at every position and length, waiting and not", async () => {
  const bytes = latin1("0123456789");
  await withFile(bytes, async (path) => {
    using text = openPositional(path);
    assertEquals([text.bytes, text.path], [10, path]);
    for (let from = 10; from >= 0; from--) {
      for (let to = from; to <= 10; to++) {
        const sync = new Uint8Array(to - from);
        const async = new Uint8Array(to - from);
        text.readSync(sync, to - from, from);
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
    text.readSync(into, 0, 100);
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
