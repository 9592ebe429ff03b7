import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeLine, isBinary } from "../../../src/http/page/decode_line.js";
import { applySgr } from "../../../src/http/page/sgr.js";
import { visibleParts, withoutHidden } from "../../../src/http/page/visible_text.js";

function shown(text: string): string {
  return visibleParts(text).map((part) => part.kind === "text" ? part.text : part.shown).join("");
}

Deno.test("visibleParts() shows controls, bidi controls and separators as symbols", () => {
  assertEquals(shown("a\0b\x1b\x7f\x85"), "a␀b␛␡U+0085");
  assertEquals(
    shown("\u202e\u2066\u061c\u200f\u2028\ufeff"),
    "U+202EU+2066U+061CU+200FU+2028U+FEFF",
  );
  assertEquals(shown("tab\tstays, as do é, 中, 👩\u200d💻"), "tab\tstays, as do é, 中, 👩\u200d💻");
  assertEquals(shown("\u{e0041}"), "U+E0041");
});

Deno.test("visibleParts() loses and invents nothing but colour sequences", () => {
  const piece = fc.constantFrom(
    "a",
    "\0",
    "\x1b[31m",
    "\x1b[",
    "m",
    "\u202e",
    "é",
    "\x1b[0m",
    "😀",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
    const text = pieces.join("");
    const raw = visibleParts(text).map((p) => p.kind === "text" ? p.text : p.raw).join("");
    assertEquals(raw, text.replaceAll(new RegExp("\x1b\\[[0-9;:]{0,64}m", "g"), ""));
  }));
});

Deno.test("visibleParts() makes few parts of many symbols or colours", () => {
  assertEquals(visibleParts("\0".repeat(4000)).length, 1);
  assert(visibleParts("a\0".repeat(4000)).length <= 402);
  assert(visibleParts("\x1b[31ma\x1b[32mb".repeat(4000)).length <= 402);
  assertEquals(shown("a\0".repeat(4000)), "a␀".repeat(4000));
});

Deno.test("withoutHidden() replaces each hidden character", () => {
  assertEquals(withoutHidden("a\u202eb\n"), "aU+202Eb␊");
});

Deno.test("applySgr() follows colours and attributes, and ignores what is malformed", () => {
  const after = (...sequences: string[]) => sequences.reduce(applySgr, {});
  assertEquals(after("31"), { foreground: 1 });
  assertEquals(after("1;4;97;100"), { bold: true, underline: true, foreground: 15, background: 8 });
  assertEquals(after("38;5;208"), { foreground: [255, 135, 0] });
  assertEquals(after("38;5;9"), { foreground: 9 });
  assertEquals(after("48;5;244"), { background: [128, 128, 128] });
  assertEquals(after("38;2;1;2;3;1"), { foreground: [1, 2, 3], bold: true });
  assertEquals(after("38:2:1:2:3"), { foreground: [1, 2, 3] });
  assertEquals(after("31;1", "22", "39"), {});
  assertEquals(after("31", ""), {});
  assertEquals(after("7", "0"), {});
  for (
    const strange of ["38", "38;5", "38;5;256", "38;2;1;2", "38;2;1;2;999", "999", "38;9", "5"]
  ) {
    assertEquals(after(strange), {}, strange);
  }
});

Deno.test("decodeLine() keeps a byte order mark, and marks what is no UTF-8", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  assertEquals(decodeLine(bytes(0xef, 0xbb, 0xbf, 0x61), false), { text: "\ufeffa", isUtf8: true });
  assertEquals(decodeLine(bytes(0x61, 0xff), false), { text: "a\ufffd", isUtf8: false });
  assertEquals(decodeLine(bytes(0x61, 0xe2, 0x82), true), { text: "a", isUtf8: true });
  assertEquals(decodeLine(bytes(0x61, 0xe2, 0x82), false).isUtf8, false);
  assertEquals(isBinary({ text: "a\0", isUtf8: true }), true);
  assertEquals(isBinary({ text: "a\x1b[0m", isUtf8: true }), false);
});
