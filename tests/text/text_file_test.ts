import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { sameIdentity, statText, TextFile } from "../../src/text/text_file.ts";
import { TextError } from "../../src/text/text_error.ts";
import { latin1, withFile, withPlaces } from "../support/index_files.ts";

Deno.test("bytes are read at every position and length, waiting and not", async () => {
  const bytes = latin1("0123456789");
  await withFile(bytes, async (path) => {
    using text = TextFile.open(path);
    assertEquals(text.bytes, 10);
    assertEquals(text.path, path);
    for (let from = 0; from <= 10; from++) {
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
    using text = TextFile.open(path);
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
    using text = TextFile.open(path);
    await Promise.all(Array.from({ length: 256 }, async (_, i) => {
      const into = new Uint8Array(100);
      await text.read(into, i * 100);
      assertEquals([...into], new Array(100).fill(i));
    }));
  });
});

Deno.test("reading beyond the end is an error that names the place", async () => {
  await withFile(latin1("0123456789"), async (path) => {
    using text = TextFile.open(path);
    assertThrows(() => text.readSync(new Uint8Array(2), 2, 9), TextError, "ends at byte 10");
    assertThrows(() => text.readSync(new Uint8Array(1), 1, 20), TextError, path);
    await assertRejects(() => text.read(new Uint8Array(2), 9), TextError, "ends at byte 10");
    await assertRejects(() => text.read(new Uint8Array(1), 2 ** 40), TextError, path);
  });
});

Deno.test("what is not a regular file is no text", async () => {
  await withPlaces(({ directory, textPath }) => {
    assertThrows(
      () => TextFile.open(textPath),
      TextError,
      `no such file or directory: ${textPath}`,
    );
    assertThrows(() => TextFile.open(directory), TextError, `is a directory: ${directory}`);
    assertThrows(() => TextFile.open(`${textPath}/a`), TextError, "no such file");
    assertThrows(() => TextFile.open(`${directory}/${"a".repeat(300)}`), TextError, "too long");
    assertThrows(() => statText(directory), TextError, "is a directory");
    assertThrows(() => statText(textPath), TextError, "no such file");
  });
});

Deno.test({
  name: "a device is no text",
  ignore: Deno.build.os === "windows",
  fn: () => {
    assertThrows(() => TextFile.open("/dev/null"), TextError, "not a regular file: /dev/null");
  },
});

Deno.test("a text is opened through a symbolic link", async () => {
  await withFile(latin1("abc"), async (path) => {
    await Deno.symlink(path, `${path}.link`);
    using text = TextFile.open(`${path}.link`);
    assertEquals(text.bytes, 3);
    assert(sameIdentity(text.identity, statText(path)));
  });
});

Deno.test("a text stays the same while it is only read or copied", async () => {
  await withFile(latin1("abc"), async (path) => {
    using text = TextFile.open(path);
    text.readSync(new Uint8Array(3), 3, 0);
    await Deno.copyFile(path, `${path}.copy`);
    assert(sameIdentity(text.identity, statText(path)));
    assertEquals(sameIdentity(text.identity, statText(`${path}.copy`)), false);
  });
});

Deno.test("another size, time or inode is another state", async () => {
  await withFile(latin1("abc"), (path) => {
    const identity = statText(path);
    assertEquals(identity.bytes, 3);
    assert(sameIdentity(identity, { ...identity }));
    const others = [
      { ...identity, bytes: 4 },
      { ...identity, modifiedMs: identity.modifiedMs + 1 },
      { ...identity, changedMs: identity.changedMs - 1 },
      { ...identity, inode: `${identity.inode}0` },
    ];
    for (const other of others) assertEquals(sameIdentity(identity, other), false);
  });
});

Deno.test("size, times and inode are those of the file", async () => {
  await withFile(latin1("abc"), async (path) => {
    await Deno.utime(path, 1000, 2000);
    const before = statText(path);
    const { ctime } = Deno.statSync(path);
    assertEquals(before.modifiedMs, 2_000_000);
    assertEquals(Math.floor(before.changedMs), ctime?.getTime());
    // Both files exist at once, so that they cannot have the same inode.
    await Deno.writeFile(`${path}.new`, latin1("abcd"));
    await Deno.rename(`${path}.new`, path);
    const after = statText(path);
    assertEquals(after.bytes, 4);
    assert(after.inode !== before.inode);
  });
});
