import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  assertUnchanged,
  identityIfThere,
  sameIdentity,
  sameModification,
  statText,
  TextFile,
  TIMESTAMP_STEP_MS,
} from "../../../src/source/local/text_file.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { latin1, withFile, withPlaces } from "../../support/index_files.ts";

Deno.test("bytes are read at every position and length, in any order", async () => {
  const bytes = latin1("0123456789");
  await withFile(bytes, (path) => {
    using text = TextFile.open(path);
    assertEquals(text.bytes, 10);
    assertEquals(text.path, path);
    for (let from = 10; from >= 0; from--) {
      for (let to = from; to <= 10; to++) {
        const into = new Uint8Array(to - from);
        text.readSync(into, to - from, from);
        assertEquals([...into], [...bytes.subarray(from, to)]);
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

Deno.test("bytes beyond 2^32 are read where they stand", async () => {
  await withFile(latin1("start"), async (path) => {
    const offset = 2 ** 33 + 5;
    {
      using file = await Deno.open(path, { write: true });
      await file.seek(offset, Deno.SeekMode.Start);
      await file.write(latin1("end"));
    }
    using text = TextFile.open(path);
    assertEquals(text.bytes, offset + 3);
    const into = new Uint8Array(4);
    text.readSync(into, 4, offset - 1);
    assertEquals([...into], [0, ...latin1("end")]);
  });
});

Deno.test("reading beyond the end is an error that names the place", async () => {
  await withFile(latin1("0123456789"), (path) => {
    using text = TextFile.open(path);
    assertThrows(() => text.readSync(new Uint8Array(2), 2, 9), TextError, "ends at byte 10");
    assertThrows(() => text.readSync(new Uint8Array(1), 1, 20), TextError, path);
    assertThrows(() => text.readSync(new Uint8Array(1), 1, 2 ** 40), TextError, path);
  });
});

Deno.test("a text that was cut off since it was opened is an error that names both ends", async () => {
  await withFile(latin1("0123456789"), async (path) => {
    using text = TextFile.open(path);
    await Deno.truncate(path, 4);
    text.readSync(new Uint8Array(4), 4, 0);
    assertThrows(
      () => text.readSync(new Uint8Array(10), 10, 0),
      TextError,
      `Text ends at byte 4, not at 10: ${path}`,
    );
  });
});

Deno.test("what was appended since the text was opened does not count to its size", async () => {
  await withFile(latin1("abc\n"), async (path) => {
    using text = TextFile.open(path);
    await Deno.writeFile(path, latin1("def\n"), { append: true });
    assertEquals(text.bytes, 4);
    assertEquals((await text.identityNow()).bytes, 8);
  });
});

Deno.test("identityNow is of the open file, wherever its path leads to meanwhile", async () => {
  await withFile(latin1("abc"), async (path) => {
    using text = TextFile.open(path);
    assert(sameIdentity(await text.identityNow(), text.identity));
    // Away and back: the time of the last change of its name is another.
    await Deno.rename(path, `${path}.away`);
    await Deno.writeFile(path, latin1("another"));
    const now = await text.identityNow();
    assert(sameModification(now, text.identity));
    assertEquals(sameModification(statText(path), text.identity), false);
    await Deno.remove(`${path}.away`);
    assert(sameModification(await text.identityNow(), text.identity));
  });
});

Deno.test("identityNow lets what has happened be dealt with before it answers", async () => {
  await withFile(latin1("abc"), async (path) => {
    using text = TextFile.open(path);
    let isDue = false;
    setTimeout(() => isDue = true, 0);
    // A timer is due after a moment, in which the answer may come many times.
    for (let round = 0; round < 100_000 && !isDue; round++) await text.identityNow();
    assert(isDue);
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
      { ...identity, inode: `${identity.inode}0` },
    ];
    for (const other of others) {
      assertEquals(sameModification(identity, other), false);
      assertEquals(sameIdentity(identity, other), false);
    }
    const renamed = { ...identity, changedMs: identity.changedMs - 1 };
    assertEquals(sameModification(identity, renamed), true);
    assertEquals(sameIdentity(identity, renamed), false);
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

Deno.test("identityIfThere is of whatever is there, and nothing where nothing is", async () => {
  await withPlaces(async ({ directory, textPath }) => {
    assertEquals(identityIfThere(textPath), undefined);
    assert(identityIfThere(directory) !== undefined);
    await Deno.writeFile(textPath, latin1("abc"));
    assertEquals(identityIfThere(textPath), statText(textPath));
  });
});

Deno.test("a text that is closed cannot be read", async () => {
  await withFile(latin1("abc"), async (path) => {
    const text = TextFile.open(path);
    text.close();
    assertThrows(() => text.readSync(new Uint8Array(1), 1, 0));
    await assertRejects(() => text.identityNow());
  });
});

Deno.test("the identity of a text that was just written to tells it from all that is written later", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "one\n");
  using text = TextFile.open(path);
  assert(Date.now() - text.identity.modifiedMs >= TIMESTAMP_STEP_MS);
  await Deno.writeTextFile(path, "two\n");
  assertThrows(() => assertUnchanged(text, { was: "read", advice: "again" }), TextError);
  await Deno.remove(path);
});

Deno.test("a text whose time is not yet come is opened all the same", async () => {
  const path = await Deno.makeTempFile();
  const tomorrow = new Date(Date.now() + 86_400_000);
  await Deno.utime(path, tomorrow, tomorrow);
  using text = TextFile.open(path);
  assertEquals(Math.floor(text.identity.modifiedMs / 1000), Math.floor(tomorrow.getTime() / 1000));
  await Deno.remove(path);
});
