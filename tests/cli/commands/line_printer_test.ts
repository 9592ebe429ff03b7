import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LinePrinter } from "../../../src/cli/commands/line_printer.ts";

/** What a printer wrote, one text for each write. */
function open(): { printer: LinePrinter; writes: string[] } {
  const writes: string[] = [];
  const printer = new LinePrinter((bytes) => {
    writes.push(new TextDecoder().decode(bytes));
    return Promise.resolve();
  });
  return { printer, writes };
}

function print(printer: LinePrinter, text: string): void {
  const bytes = new TextEncoder().encode(`<${text}>`);
  printer.line(bytes, 1, bytes.length - 1);
}

Deno.test("LinePrinter.writeAll() writes all lines at once, each with an LF", async () => {
  const { printer, writes } = open();
  for (const text of ["one", "", "three"]) {
    print(printer, text);
    assertEquals(printer.flush(), undefined);
  }
  await printer.writeAll();
  await printer.writeAll();
  assertEquals(writes.join(""), "one\n\nthree\n");
  assertEquals(writes[0], "one\n\nthree\n");
});

Deno.test("LinePrinter.flush() writes once enough lines are buffered, and loses none", async () => {
  const { printer, writes } = open();
  const lines = Array.from({ length: 200 }, (_, i) => `${i}`.repeat(1_000 * (i % 60)));
  for (const text of lines) {
    print(printer, text);
    await printer.flush();
  }
  await printer.writeAll();
  assert(writes.length > 10 && writes.length < 100, `${writes.length} writes`);
  assertEquals(writes.join(""), lines.map((line) => `${line}\n`).join(""));
});

Deno.test("LinePrinter.longLine() writes earlier lines first", async () => {
  const { printer, writes } = open();
  print(printer, "one");
  await printer.longLine(
    6,
    ReadableStream.from(["two", "two"].map((t) => new TextEncoder().encode(t))),
  );
  print(printer, "three");
  await printer.writeAll();
  assertEquals(writes.join(""), "one\ntwotwo\nthree\n");
});

Deno.test("LinePrinter.failed() throws the error, and writeAll() rejects if the write fails", async () => {
  const failure = new Error("full");
  const printer = new LinePrinter(() => Promise.reject(failure));
  assertThrows(() => printer.failed(1, failure), Error, "full");
  print(printer, "one");
  await assertRejects(() => printer.writeAll(), Error, "full");
});
