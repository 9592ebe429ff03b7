import { assertEquals, assertMatch } from "@std/assert";
import { describeKind, hasOnlyCr } from "../../src/source/text_kind.ts";
import { MAGIC } from "../../src/index/format/header.ts";
import { latin1 } from "../support/index_files.ts";

async function gzip(text: string): Promise<Uint8Array> {
  const stream = ReadableStream.from([latin1(text)]).pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A text in UTF-16 without a byte order mark. */
function utf16(text: string, isLittleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) {
    view.setUint16(2 * at, text.charCodeAt(at), isLittleEndian);
  }
  return bytes;
}

const LINES = "the first line \u2013 with a dash\nthe second line\n";

const KINDS: readonly [name: string, head: Uint8Array, description: string, remedy: string][] = [
  ["gzip", await gzip("one\n"), "compressed with gzip", "gunzip"],
  ["zstd", latin1("\x28\xb5\x2f\xfd\x04"), "compressed with zstd", "unzstd"],
  ["zstd from several threads", latin1("\x50\x2a\x4d\x18\x04"), "compressed with zstd", "unzstd"],
  ["xz", latin1("\xfd7zXZ\0\0"), "compressed with xz", "unxz"],
  ["bzip2", latin1("BZh91AY&SY..."), "compressed with bzip2", "bunzip2"],
  ["bzip2 of nothing", latin1("BZh9\x17rE8P\x90\0\0\0\0"), "compressed with bzip2", "bunzip2"],
  ["lz4", latin1("\x04\x22\x4d\x18\x64"), "compressed with lz4", "unlz4"],
  ["zip", latin1("PK\x03\x04\x14"), "a zip archive", "unzip"],
  ["7z", latin1("7z\xbc\xaf\x27\x1c"), "a 7z archive", "7z x"],
  ["UTF-16 with its mark", latin1("\xff\xfea\0"), "in UTF-16", "iconv -f UTF-16 "],
  ["UTF-16BE with its mark", latin1("\xfe\xff\0a"), "in UTF-16", "iconv -f UTF-16 "],
  ["UTF-32 with its mark", latin1("\xff\xfe\0\0a\0\0\0"), "in UTF-32", "iconv -f UTF-32 "],
  ["UTF-16LE", utf16(LINES, true), "in UTF-16LE", "iconv -f UTF-16LE "],
  ["UTF-16BE", utf16(LINES, false), "in UTF-16BE", "iconv -f UTF-16BE "],
  ["UTF-16LE, cut off", utf16(LINES, true).subarray(0, 41), "in UTF-16LE", "iconv"],
];

for (const [name, head, description, remedy] of KINDS) {
  Deno.test(`describeKind() of ${name} says what it is and what converts it`, () => {
    const kind = describeKind(head);
    assertEquals(kind?.description, description);
    assertMatch(kind!.remedy, new RegExp(`"${remedy}`));
  });
}

Deno.test("describeKind() of an index of linesvr says that it has no lines to serve", () => {
  assertEquals(describeKind(Uint8Array.from(MAGIC))?.description, "an index of linesvr");
});

const TEXTS: Readonly<Record<string, Uint8Array>> = {
  "nothing": latin1(""),
  "one byte": latin1("\x1f"),
  "the name of bzip2": latin1("BZh9 is what such files begin with\n"),
  "a text that begins with PK": latin1("PK\nPL\n"),
  "UTF-8 with a byte order mark": latin1("\xef\xbb\xbfone\n"),
  "a tar archive": latin1(`name.txt${"\0".repeat(92)}0000644\0one\n`),
  "a few NULs": latin1("a\0b\0c\nd\0e\nfgh\n"),
  "NULs only": new Uint8Array(4096),
  "a NUL in each line of two bytes": latin1("\0\n\0\n"),
  "32-bit numbers": latin1("\x01\0\0\0\x02\0\0\0\x03\0\0\0"),
};

for (const [name, head] of Object.entries(TEXTS)) {
  Deno.test(`describeKind() of ${name} is undefined`, () => {
    assertEquals(describeKind(head), undefined);
  });
}

Deno.test("hasOnlyCr() is true if there is a CR and no LF", () => {
  const heads = ["one\rtwo\r", "one\r\ntwo", "one\ntwo", "one", ""];
  assertEquals(heads.map((head) => hasOnlyCr(latin1(head))), [true, false, false, false, false]);
});
