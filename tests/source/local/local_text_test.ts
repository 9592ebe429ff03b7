import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  type FileIdentity,
  identityIfThere,
  sameFile,
  sameState,
} from "../../../src/source/local/file_identity.ts";
import { LocalText, TIMESTAMP_STEP_MS, TRUST_MS } from "../../../src/source/local/local_text.ts";
import { openText } from "../../../src/source/open_text.ts";
import { TextError } from "../../../src/source/text_source.ts";
import { latin1, withFile, withPlaces } from "../../support/index_files.ts";
import { until } from "../../support/text_threads.ts";

const TEXT = latin1("one\ntwo\nthree\n");

/** Writes a text with an old time, so that any later write gives it another one. */
async function withOldText(body: (path: string) => Promise<void>): Promise<void> {
  await withFile(TEXT, async (path) => {
    await Deno.utime(path, 1000, 1000);
    await body(path);
  });
}

/** Waits until `check()` does not trust what it saw any more, and throws. */
async function failureOf(text: LocalText): Promise<TextError> {
  let failure: unknown;
  await until(() => {
    try {
      text.check();
    } catch (error) {
      failure = error;
    }
    return failure !== undefined;
  });
  assert(failure instanceof TextError, `${failure}`);
  return failure;
}

async function replace(path: string, content: Uint8Array): Promise<void> {
  await Deno.writeFile(`${path}.new`, content);
  await Deno.utime(`${path}.new`, 1000, 1000);
  await Deno.rename(`${path}.new`, path);
}

Deno.test("openText() and LocalText.openSync() open a file, also through a symbolic link", async () => {
  await withOldText(async (path) => {
    await Deno.symlink(path, `${path}.link`);
    for (const name of [path, `${path}.link`]) {
      await using text = await openText(name);
      assertEquals([text.name, text.size], [name, TEXT.length]);
      using same = LocalText.openSync(name);
      assertEquals(same.identity, identityIfThere(path));
    }
  });
});

Deno.test("openText() of what is not a readable regular file says why, and what to do", async () => {
  await withPlaces(async ({ directory, textPath }) => {
    await Deno.writeFile(`${directory}/file`, TEXT);
    const long = `${directory}/${"a".repeat(300)}`;
    const reasons: [path: string, reason: string][] = [
      [textPath, "no such file or directory"],
      [directory, "is a directory"],
      [`${directory}/file/below`, "a part of the path is not a directory"],
      [long, "the name is too long"],
    ];
    if (Deno.build.os !== "windows") {
      reasons.push(["/dev/null", "not a regular file"]);
      // Opening a pipe would wait for somebody to write to it.
      const pipe = `${directory}/pipe`;
      assert(new Deno.Command("mkfifo", { args: [pipe] }).outputSync().success);
      reasons.push([pipe, "not a regular file"]);
    }
    for (const [path, reason] of reasons) {
      const isOther = reason === "is a directory" || reason === "not a regular file";
      const remedy = isOther
        ? "Choose a regular file"
        : path === long
        ? "Choose a shorter path"
        : "Check its path and permissions";
      const message = `Cannot read file: ${path} (${reason}). ${remedy}.`;
      const failures = [
        await assertRejects(() => openText(path), TextError),
        assertThrows(() => LocalText.openSync(path), TextError),
      ];
      for (const failure of failures) assertEquals(failure.message, message);
    }
  });
});

Deno.test("LocalText.open() of a file that was just written waits until its time has settled", async () => {
  await withFile(latin1("one\n"), async (path) => {
    await using text = await LocalText.open(path);
    assert(Date.now() - text.identity.modifiedMs >= TIMESTAMP_STEP_MS);
    await Deno.writeTextFile(path, "two\n");
    assert(!sameState(identityIfThere(path)!, text.identity));
    assertEquals((await failureOf(text)).message.includes("it was written to"), true);
  });
});

Deno.test("LocalText.open() of a file whose time is in the future opens it", async () => {
  await withFile(TEXT, async (path) => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    await Deno.utime(path, tomorrow, tomorrow);
    await using text = await LocalText.open(path);
    const seconds = Math.floor(text.identity.modifiedMs / 1000);
    assertEquals(seconds, Math.floor(tomorrow.getTime() / 1000));
  });
});

Deno.test("LocalText.check() says in which way the file changed", async () => {
  const changes: [change: (path: string) => Promise<void>, how: string][] = [
    [(path) => Deno.writeFile(path, TEXT.toReversed()), "it was written to"],
    [(path) => Deno.utime(path, 2000, 2000), "it was written to"],
    [(path) => Deno.truncate(path, 5), `it has 5 bytes, not ${TEXT.length}`],
    [(path) => replace(path, TEXT), "another file is at its path"],
  ];
  for (const [change, how] of changes) {
    await withOldText(async (path) => {
      using text = LocalText.openSync(path);
      text.check();
      await change(path);
      const { message } = await failureOf(text);
      assertEquals(message, `File changed: ${path} (${how}). Start linesvr again.`);
    });
  }
});

Deno.test("LocalText.check() throws for ever once the file changed, even if it is as before again", async () => {
  await withOldText(async (path) => {
    using text = LocalText.openSync(path);
    await Deno.utime(path, 2000, 2000);
    const failure = await failureOf(text);
    await Deno.utime(path, 1000, 1000);
    assert(sameState(identityIfThere(path)!, text.identity));
    assertEquals(assertThrows(() => text.check()), failure);
  });
});

Deno.test("LocalText.check() throws while the file is away, and accepts it when it is back", async () => {
  await withOldText(async (path) => {
    using text = LocalText.openSync(path);
    await Deno.rename(path, `${path}.away`);
    const { message } = await failureOf(text);
    assert(message.includes("no such file or directory"), message);
    assertThrows(() => text.check(), TextError, path);
    await Deno.rename(`${path}.away`, path);
    text.check();
  });
});

Deno.test("LocalText of a file that was cut off fails with a TextError that says so", async () => {
  for (const mayBlock of [false, true]) {
    await withOldText(async (path) => {
      using text = LocalText.openSync(path, { mayBlock });
      await Deno.truncate(path, 4);
      const how = `it has 4 bytes, not ${TEXT.length}`;
      const message = `File changed: ${path} (${how}). Start linesvr again.`;
      const into = new Uint8Array(10);
      assertThrows(() => text.tryRead(into, 0), TextError, message);
      await assertRejects(() => text.read(into, 0), TextError, message);
      await assertRejects(() => text.fingerprint(), TextError, message);
      assertThrows(() => text.check(), TextError, message);
    });
  }
});

Deno.test("sameFile() compares inodes; sameState() compares size and time too", () => {
  const identity: FileIdentity = { size: 3, modifiedMs: 1000, inode: "1:2" };
  const others: [other: FileIdentity, isSameFile: boolean][] = [
    [{ ...identity, size: 4 }, true],
    [{ ...identity, modifiedMs: 1001 }, true],
    [{ ...identity, modifiedMs: NaN }, true],
    [{ ...identity, inode: "1:20" }, false],
  ];
  assert(sameFile(identity, { ...identity }) && sameState(identity, { ...identity }));
  for (const [other, isSameFile] of others) {
    assertEquals([sameFile(identity, other), sameState(identity, other)], [isSameFile, false]);
  }
  // A time that JavaScript cannot represent.
  const distant = { ...identity, modifiedMs: NaN };
  assert(sameState(distant, { ...distant }));
});

Deno.test("identityIfThere() is of what the path leads to, and undefined for nothing", async () => {
  await withPlaces(async ({ directory, textPath }) => {
    assertEquals(identityIfThere(textPath), undefined);
    assert(identityIfThere(directory) !== undefined);
    await Deno.writeFile(textPath, TEXT);
    await Deno.utime(textPath, 1000, 2000);
    const { size, modifiedMs } = identityIfThere(textPath)!;
    assertEquals([size, modifiedMs], [TEXT.length, 2_000_000]);
  });
});

Deno.test("LocalText.check() accepts a file that grows, and then notices that it is written to or cut", async () => {
  const changes: [change: (path: string) => Promise<void>, how: string][] = [
    [(path) => Deno.utime(path, 2000, 2000), "it was written to"],
    [(path) => Deno.truncate(path, TEXT.length), `it has ${TEXT.length} bytes, not `],
  ];
  for (const [change, how] of changes) {
    await withOldText(async (path) => {
      using text = LocalText.openSync(path);
      for (let i = 0; i < 3; i++) {
        await Deno.writeTextFile(path, "more\n", { append: true });
        await new Promise((resolve) => setTimeout(resolve, TRUST_MS));
        text.check();
      }
      assertEquals(text.size, TEXT.length);
      await change(path);
      assertStringIncludes((await failureOf(text)).message, how);
    });
  }
});

Deno.test("LocalText with textBytes has that many bytes of a larger file, and all of a smaller one", async () => {
  await withOldText((path) => {
    for (const [textBytes, size] of [[4, 4], [0, 0], [TEXT.length + 1, TEXT.length]] as const) {
      using text = LocalText.openSync(path, { textBytes });
      assertEquals(text.size, size);
    }
    return Promise.resolve();
  });
});

Deno.test("LocalText since an earlier state opens a file that has grown, and no other one", async () => {
  await withOldText(async (path) => {
    const since = identityIfThere(path)!;
    LocalText.openSync(path, { since }).close();
    await Deno.utime(path, 2000, 2000);
    assertThrows(() => LocalText.openSync(path, { since }), TextError, "(it was written to)");
    await Deno.writeTextFile(path, "more\n", { append: true });
    LocalText.openSync(path, { since }).close();
    await replace(path, TEXT);
    assertThrows(() => LocalText.openSync(path, { since }), TextError, "(another file is at its");
  });
});

Deno.test("LocalText.modifiedMs is undefined if a later write could leave the time as it is", async () => {
  await withOldText(async (path) => {
    const at = async (ms: number) => {
      await Deno.utime(path, new Date(ms), new Date(ms));
      using text = LocalText.openSync(path);
      return text.versionStamp;
    };
    for (const ms of [1_000_000, -1_000_000, 0]) assertEquals(await at(ms), ms);
    assertEquals(await at(Date.now() + 3_600_000), undefined);
    // Perhaps of a file system that counts seconds.
    assertEquals(await at(Math.floor(Date.now() / 1_000) * 1_000), undefined);
  });
});
