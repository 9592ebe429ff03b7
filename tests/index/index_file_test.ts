import { assert, assertEquals, assertThrows } from "@std/assert";
import { FORMAT_VERSION, HEADER_BYTES } from "../../src/index/format/layout.ts";
import { IndexError, type IndexProblem } from "../../src/index/index_error.ts";
import { openIndexFile, readHeader, readHeaderOf } from "../../src/index/index_reader.ts";
import { buildFrom, latin1, type Places, withPlaces } from "../support/index_files.ts";
import { openFilesIn } from "../support/text_threads.ts";

const TEXT = latin1("one\ntwo\nthree\n");

async function withSmallIndex(
  body: (places: Places, bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>,
): Promise<void> {
  await withPlaces(async (places) => {
    await buildFrom(places, TEXT, 2);
    await body(places, await Deno.readFile(places.indexPath));
  });
}

function failureOf(path: string): IndexError {
  return assertThrows(() => readHeader(path), IndexError, path);
}

function problemOf(path: string): IndexProblem {
  return failureOf(path).problem;
}

function makePipe(path: string): void {
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
}

Deno.test("readHeader() and readHeaderOf() return what the index was built from", async () => {
  await withSmallIndex(async ({ indexPath }, bytes) => {
    const header = readHeader(indexPath);
    const { lines, linesPerPage, textBytes, indexBytes } = header;
    assertEquals([lines, linesPerPage, textBytes, indexBytes], [3, 2, TEXT.length, bytes.length]);
    for (const mayBlock of [false, true]) {
      using file = openIndexFile(indexPath, { mayBlock });
      assertEquals(await readHeaderOf(file), header);
    }
  });
});

Deno.test("readHeader() of what is not a complete index throws what is wrong with it", async () => {
  await withSmallIndex(async ({ directory, textPath, indexPath }, bytes) => {
    const problemWith = async (content: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(indexPath, content);
      return problemOf(indexPath);
    };
    assertEquals(await problemWith(bytes.subarray(0, -1)), "damaged", "one byte is missing");
    assertEquals(await problemWith(Uint8Array.from([...bytes, 0])), "damaged", "one byte more");
    assertEquals(await problemWith(bytes.subarray(0, HEADER_BYTES)), "damaged", "only a header");
    assertEquals(await problemWith(bytes.subarray(0, HEADER_BYTES - 1)), "damaged");
    assertEquals(await problemWith(bytes.with(20, 9)), "damaged", "another number of lines");
    assertEquals(await problemWith(bytes.with(8, FORMAT_VERSION + 1)), "version");
    assertEquals(await problemWith(bytes.with(0, 0)), "foreign", "other magic bytes");
    assertEquals(await problemWith(new Uint8Array()), "foreign", "empty");
    assertEquals(problemOf(textPath), "foreign", "a text");
    assertEquals(problemOf(directory), "foreign", "a directory");
    assertEquals(problemOf(`${directory}/none`), "missing");
    assertEquals(problemOf(`${textPath}/below`), "unreadable", "below a file");
    await Deno.symlink(`${directory}/nowhere`, `${directory}/link`);
    assertEquals(problemOf(`${directory}/link`), "missing", "a link that leads nowhere");
  });
});

Deno.test("readHeader() says what failed, which file, why, and what to do", async () => {
  await withSmallIndex(async ({ directory, textPath, indexPath }, bytes) => {
    const messageWith = async (content: Uint8Array<ArrayBuffer>) => {
      await Deno.writeFile(indexPath, content);
      return failureOf(indexPath).message;
    };
    const rebuild = 'Rebuild it with "linesvr index --force".';
    const move = "Move it away, or choose another path with --index.";
    const size = `it has ${bytes.length - 1} bytes, not ${bytes.length}`;
    assertEquals(
      await messageWith(bytes.subarray(0, -1)),
      `Index damaged: ${indexPath} (${size}). ${rebuild}`,
    );
    assertEquals(
      await messageWith(bytes.with(20, 9)),
      `Index damaged: ${indexPath} (its header fails its checksum). ${rebuild}`,
    );
    const version = `version 9, this program reads version ${FORMAT_VERSION}`;
    assertEquals(
      await messageWith(bytes.with(8, 9)),
      `Index format not supported: ${indexPath} (${version}). ${rebuild}`,
    );
    assertEquals(failureOf(textPath).message, `Not an index: ${textPath}. ${move}`);
    assertEquals(failureOf(directory).message, `Not an index: ${directory}. ${move}`);
    const none = `${directory}/none`;
    assertEquals(failureOf(none).message, `No index: ${none}. Create it with "linesvr index".`);
    const below = `${textPath}/below`;
    const failure = failureOf(below);
    assertEquals(
      failure.message,
      `Cannot read index: ${below} (a part of the path is not a directory). ` +
        "Check its permissions, or choose another path with --index.",
    );
    assert(failure.cause instanceof Error);
  });
});

Deno.test({
  name: "openIndexFile() of a pipe throws without waiting for its writer",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withPlaces(({ directory }) => {
      const path = `${directory}/pipe`;
      makePipe(path);
      const failure = assertThrows(() => openIndexFile(path, { mayBlock: true }), IndexError, path);
      assertEquals(failure.problem, "foreign");
    });
  },
});

Deno.test({
  name: "readHeader() closes the file, whether its header is right or not",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withSmallIndex(async ({ directory, textPath, indexPath }, bytes) => {
      readHeader(indexPath);
      assertEquals(openFilesIn(directory), []);
      assertEquals(problemOf(textPath), "foreign");
      await Deno.writeFile(indexPath, bytes.subarray(0, -1));
      assertEquals(problemOf(indexPath), "damaged");
      assertEquals(openFilesIn(directory), []);
    });
  },
});
