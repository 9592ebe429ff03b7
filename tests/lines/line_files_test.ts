import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { numberedOn, placeOf } from "../../src/lines/line_files.ts";

Deno.test("placeOf() finds the file and the line there that a plain list of all lines has", () => {
  fc.assert(fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }), (counts) => {
    const files = numberedOn(counts.map((lines, i) => ({ name: `${i}`, lines, bytes: 0 })));
    const model = counts.flatMap((lines, fileIndex) =>
      Array.from({ length: lines }, (_, i) => ({ fileIndex, lineInFile: i + 1 }))
    );
    for (const [i, { fileIndex, lineInFile }] of model.entries()) {
      assertEquals(placeOf(files, i + 1), { file: files[fileIndex]!, fileIndex, lineInFile });
    }
  }));
});
