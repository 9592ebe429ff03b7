import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { IndexError } from "../../src/index/index_error.ts";
import { PIECE_BYTES } from "../../src/lines/line_stream.ts";
import { SingleLine } from "../../src/lines/single_line.ts";
import { TextError } from "../../src/source/text_error.ts";
import { openFilesIn } from "../support/text_threads.ts";
import { TextFixture } from "../support/text_fixture.ts";

async function lineOf(fixture: TextFixture, line: number): Promise<string> {
  const { textPath, indexPath } = fixture;
  using single = await SingleLine.open({ textPath, indexPath, line });
  return new TextDecoder().decode(await toArrayBuffer(single.bytes));
}

Deno.test("each line is given less its terminator, whatever its page and its length", async () => {
  const long = "x".repeat(PIECE_BYTES + 1);
  const lines = ["one", "", "three\r", long, "\0five", "last"];
  await using fixture = await TextFixture.create(
    `one\n\r\nthree\r\r\n${long}\n\0five\nlast`,
    2,
  );
  for (const [i, line] of lines.entries()) assertEquals(await lineOf(fixture, i + 1), line);
});

Deno.test("a line that is not there is refused with the number of lines, and nothing stays open", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  const { textPath, indexPath, directory } = fixture;
  for (const line of [-1, 0, 3, 1e300]) {
    const error = await assertRejects(
      () => SingleLine.open({ textPath, indexPath, line }),
      RangeError,
    );
    assertStringIncludes(error.message, `No such line: ${line}: ${textPath} has 2 lines`);
  }
  if (Deno.build.os === "linux") assertEquals(openFilesIn(directory), []);
});

Deno.test("an index of another text is refused", async () => {
  await using fixture = await TextFixture.create("one\ntwo\n");
  await Deno.writeTextFile(fixture.textPath, "two\none\n");
  const error = await assertRejects(() => lineOf(fixture, 1), IndexError);
  assertEquals(error.problem, "stale");
});

Deno.test("a text that is written to while its line is read gives an error, not its new bytes", async () => {
  const long = "x".repeat(2 * PIECE_BYTES);
  await using fixture = await TextFixture.create(`${long}\n`);
  const { textPath, indexPath } = fixture;
  using single = await SingleLine.open({ textPath, indexPath, line: 1 });
  const reader = single.bytes.getReader();
  await reader.read();
  await Deno.writeTextFile(textPath, `${"y".repeat(2 * PIECE_BYTES + 1)}\n`);
  await assertRejects(() => reader.read(), TextError, "changed");
});
