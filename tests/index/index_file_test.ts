import { assert, assertEquals, assertThrows } from "@std/assert";
import { FORMAT_VERSION, HEADER_BYTES } from "../../src/index/format/layout.ts";
import { IndexError, type IndexProblem } from "../../src/index/index_error.ts";
import { attemptOpen, checkedHeader, readHeader } from "../../src/index/index_file.ts";
import { IndexReader } from "../../src/index/index_reader.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../support/index_files.ts";

const TEXT = latin1("one\ntwo\nthree\n");

async function withSmallIndex(
  body: (places: Places, bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, 2);
    await body(places, await Deno.readFile(places.indexPath));
  });
}

function problemOf(path: string): IndexProblem {
  const failure = assertThrows(() => readHeader(path), IndexError, path);
  return failure.problem;
}

Deno.test("the header of an index says what its text is", async () => {
  await withSmallIndex(({ indexPath }, bytes) => {
    const header = readHeader(indexPath);
    const { lines, linesPerPage, textBytes, indexBytes } = header;
    assertEquals([lines, linesPerPage, textBytes, indexBytes], [3, 2, TEXT.length, bytes.length]);
    using index = IndexReader.open(indexPath);
    assertEquals(index.header, header);
  });
});

Deno.test("whatever is not a whole index is refused, with what is wrong with it", async () => {
  await withSmallIndex(async ({ directory, textPath, indexPath }, bytes) => {
    const problemWith = async (content: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(indexPath, content);
      return problemOf(indexPath);
    };
    assertEquals(await problemWith(bytes.subarray(0, -1)), "damaged", "a byte is missing");
    assertEquals(await problemWith(Uint8Array.from([...bytes, 0])), "damaged", "a byte more");
    assertEquals(await problemWith(bytes.subarray(0, HEADER_BYTES)), "damaged", "a header only");
    assertEquals(await problemWith(bytes.subarray(0, HEADER_BYTES - 1)), "damaged");
    assertEquals(await problemWith(bytes.with(20, 9)), "damaged", "another number of lines");
    assertEquals(await problemWith(bytes.with(8, FORMAT_VERSION + 1)), "version");
    assertEquals(await problemWith(bytes.with(0, 0)), "foreign", "another mark");
    assertEquals(await problemWith(new Uint8Array()), "foreign", "empty");
    assertEquals(problemOf(textPath), "foreign", "a text");
    assertEquals(problemOf(directory), "foreign", "a directory");
    assertEquals(problemOf(`${directory}/none`), "missing");
    assertEquals(problemOf(`${textPath}/below`), "unreadable", "below a file");
    await Deno.symlink(`${directory}/nowhere`, `${directory}/link`);
    assertEquals(problemOf(`${directory}/link`), "missing", "a link that leads nowhere");
  });
});

Deno.test("a header is whole where the file is of the size that it says, and only there", async () => {
  await withSmallIndex((_, bytes) => {
    const start = bytes.subarray(0, HEADER_BYTES);
    assertEquals(checkedHeader(start, "a.lineidx", bytes.length).lines, 3);
    for (const size of [0, HEADER_BYTES, bytes.length - 1, bytes.length + 1]) {
      const check = () => checkedHeader(start, "a.lineidx", size);
      const failure = assertThrows(check, IndexError, `a.lineidx: it has ${size} bytes`);
      assertEquals(failure.problem, "damaged");
    }
  });
});

Deno.test("what opens an index is called for a file only, and what it gives is handed on", async () => {
  await withSmallIndex(async ({ directory, indexPath }) => {
    assertEquals(attemptOpen(indexPath, () => 7), 7);
    const mayNot = () => {
      throw new Error("It must not be opened");
    };
    const paths = [directory];
    if (Deno.build.os !== "windows") {
      // Opening a pipe would wait for its writer.
      const pipe = `${directory}/pipe`;
      const { success } = await new Deno.Command("mkfifo", { args: [pipe] }).output();
      assert(success);
      paths.push(pipe);
    }
    for (const path of paths) {
      const failure = assertThrows(() => attemptOpen(path, mayNot), IndexError, path);
      assertEquals(failure.problem, "foreign");
    }
    assertThrows(() => attemptOpen(`${directory}/none`, mayNot), IndexError, "No index");
  });
});

Deno.test("what cannot be opened is unreadable, and an IndexError stays as it is", async () => {
  await withSmallIndex(({ indexPath }) => {
    const cause = Object.assign(new Error("raw"), { code: "EACCES" });
    const failureWith = (error: Error) =>
      assertThrows(() =>
        attemptOpen(indexPath, () => {
          throw error;
        }), IndexError);
    const failure = failureWith(cause);
    assertEquals([failure.problem, failure.cause], ["unreadable", cause]);
    assertEquals(
      failure.message,
      `Cannot read index: permission denied: ${indexPath}: see to its rights, or name another path with --index`,
    );
    const gone = Object.assign(new Error("raw"), { code: "ENOENT" });
    assertEquals(failureWith(gone).problem, "missing", "it was removed in between");
    const kept = new IndexError("busy", "later");
    assert(failureWith(kept) === kept);
  });
});

Deno.test("an index is closed again, whether its header is whole or not", async () => {
  // The test runner fails where a file is left open.
  await withSmallIndex(async ({ textPath, indexPath }, bytes) => {
    readHeader(indexPath);
    assertEquals(problemOf(textPath), "foreign");
    await Deno.writeFile(indexPath, bytes.subarray(0, -1));
    assertEquals(problemOf(indexPath), "damaged");
  });
});
