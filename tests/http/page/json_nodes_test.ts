import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { hexDump } from "../../../src/http/page/hex_dump.js";
import { type JsonNode, parseJson } from "../../../src/http/page/json_nodes.js";
import { commandOf } from "../../../src/http/page/key_commands.js";

/** Writes the tree as JSON again. */
function write(node: JsonNode): string {
  if (node.kind === "scalar") return node.source;
  const entries = node.entries.map(({ name, value }) =>
    name === null ? write(value) : `${name}:${write(value)}`
  );
  return node.kind === "array" ? `[${entries.join()}]` : `{${entries.join()}}`;
}

Deno.test("parseJson() gives a tree that says the same as the text", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    const node = parseJson(text);
    if (typeof value !== "object" || value === null) assertEquals(node, null);
    else assertEquals(write(node!), JSON.stringify(value));
  }));
});

Deno.test("parseJson() keeps numbers, names and strings as they are written", () => {
  const text = '{"a":12345678901234567890,"a":1.0,"":"\\u202e\\"}]","b":[1e5,-0,[],{},null]}';
  assertEquals(write(parseJson(text)!), text);
});

Deno.test("parseJson() returns null for what is no JSON, and for values without entries", () => {
  for (const text of ["", "{", "[1,]", "{a:1}", "[1] x", "5", '"a"', "null", "[01]", "\0[]"]) {
    assertEquals(parseJson(text), null, text);
  }
});

Deno.test("parseJson() takes a depth of 100,000", () => {
  let node: JsonNode | undefined = parseJson("[".repeat(100_000) + "]".repeat(100_000))!;
  let depth = 0;
  while (node !== undefined && node.kind === "array") {
    depth++;
    node = node.entries[0]?.value;
  }
  assertEquals(depth, 100_000);
});

Deno.test("hexDump() writes positions, digits and printable characters", () => {
  const bytes = Uint8Array.from({ length: 18 }, (_, i) => i === 0 ? 0 : 64 + i);
  assertEquals(
    hexDump(bytes, 0x100),
    "00000100  00 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f  ·ABCDEFGHIJKLMNO\n" +
      `00000110  50 51${" ".repeat(43)}  PQ`,
  );
  assertEquals(hexDump(new Uint8Array(), 0), "");
});

Deno.test("commandOf() leaves the keys of the browser alone", () => {
  const press = (key: string, held: Partial<Parameters<typeof commandOf>[0]> = {}) =>
    commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
  assertEquals(press("ArrowDown"), "line-down");
  assertEquals(press("ArrowDown", { shiftKey: true }), "extend-down");
  assertEquals(press(":", { shiftKey: true }), "go-to");
  assertEquals(press("?", { shiftKey: true }), "help");
  assertEquals(press("g", { ctrlKey: true }), "go-to");
  assertEquals(press("c"), "copy");
  assertEquals(press("c", { ctrlKey: true }), undefined);
  assertEquals(press("l", { metaKey: true }), undefined);
  assertEquals(press("ArrowLeft"), undefined);
  assertEquals(press("constructor"), undefined);
});
