import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Inflater } from "../../../../src/source/compressed/gzip/inflater.ts";
import {
  assertSameBytes,
  join,
  jsonLines,
  noise,
  STRATEGIES,
} from "../../../support/compressed.ts";

const WINDOW_BYTES = 32 * 1024;

/** Inflates a stream that is given in pieces; the status if it fails. */
function inflate(inflater: Inflater, stream: Uint8Array, pieceBytes = 1000): Uint8Array | string {
  const text: Uint8Array[] = [];
  let at = 0;
  let held = 0;
  inflater.begin();
  for (let round = 0; round < 10 * (stream.length + 10); round++) {
    const status = inflater.run(2 ** 32 - 1);
    switch (status) {
      case "needs input": {
        const bit = inflater.inputBit;
        inflater.input.copyWithin(0, bit >>> 3, held);
        held -= bit >>> 3;
        const piece = stream.subarray(at, at + pieceBytes);
        inflater.input.set(piece, held);
        held += piece.length;
        at += piece.length;
        inflater.setInput(held, bit & 7, at === stream.length);
        break;
      }
      case "output full":
        text.push(inflater.text.slice());
        inflater.slide();
        break;
      case "stream ended":
        return join(...text, inflater.text.slice());
      default:
        return status;
    }
  }
  throw new Error("It does not end");
}

function nodeInflate(stream: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(stream);
  } catch {
    return undefined;
  }
}

const TEXTS: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  empty: new Uint8Array(),
  "1 byte": new Uint8Array([10]),
  "258 equal bytes": new Uint8Array(259).fill(65),
  zeros: new Uint8Array(300_000),
  lines: jsonLines(60_000),
  noise: noise(70_000),
  "a short period": new Uint8Array(100_000).map((_, at) => at % 7),
  "65,535 bytes": jsonLines(70_000).slice(0, 65_535),
  "65,536 bytes": noise(65_536),
  "65,537 bytes": noise(65_537),
  "a distance of 32 KiB": join(noise(WINDOW_BYTES), noise(WINDOW_BYTES)),
};

Deno.test("Inflater decodes what zlib writes at every level and strategy", () => {
  const inflater = new Inflater();
  for (const [name, text] of Object.entries(TEXTS)) {
    for (const [strategyName, strategy] of Object.entries(STRATEGIES)) {
      for (let level = 0; level <= 9; level++) {
        const stream = deflateRawSync(text, { level, strategy, memLevel: level === 0 ? 8 : level });
        const decoded = inflate(inflater, stream, 100_000);
        const what = `${name}, level ${level}, ${strategyName}`;
        assert(typeof decoded !== "string", `${what}: ${decoded}`);
        assertSameBytes(decoded, text, what);
      }
    }
  }
});

Deno.test("Inflater decodes texts that are longer than its output", () => {
  const inflater = new Inflater();
  for (const text of [jsonLines(4_000_000), noise(4_000_000), new Uint8Array(9_000_000)]) {
    for (const level of [0, 1, 9]) {
      const decoded = inflate(inflater, deflateRawSync(text, { level }), 100_000);
      assert(typeof decoded !== "string", decoded as string);
      assertSameBytes(decoded, text, `level ${level}`);
    }
  }
});

Deno.test("Inflater decodes input in pieces of any size", () => {
  const inflater = new Inflater();
  const text = jsonLines(20_000);
  const stream = deflateRawSync(text, { memLevel: 2 });
  for (const pieceBytes of [1, 2, 7, 8, 31, 32, 33, 599, 600, 601]) {
    const decoded = inflate(inflater, stream, pieceBytes);
    assert(typeof decoded !== "string", decoded as string);
    assertSameBytes(decoded, text, `${pieceBytes}`);
  }
});

Deno.test("Inflater accepts and refuses what zlib accepts and refuses, on random and on damaged streams", () => {
  const inflater = new Inflater();
  const options = fc.record({
    level: fc.nat(9),
    memLevel: fc.integer({ min: 1, max: 9 }),
    strategy: fc.constantFrom(...Object.values(STRATEGIES)),
  });
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.array(fc.constantFrom(0, 97, 98, 99), { maxLength: 2000 }).map((a) => Uint8Array.from(a)),
    fc.nat(20_000).map((bytes) => jsonLines(bytes)),
  );
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 3 });
  const damaged = fc.tuple(text, options, damage, fc.nat(20)).map(([content, how, flips, cut]) => {
    const stream = new Uint8Array(deflateRawSync(content, how));
    for (const [at, mask] of flips) stream[at % stream.length]! ^= mask;
    return cut === 0 ? stream.subarray(0, stream.length >>> 1) : stream;
  });
  const stream = fc.oneof(damaged, fc.uint8Array({ maxLength: 300 }));
  let refused = 0;
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 3000 }), (bytes, pieceBytes) => {
      const expected = nodeInflate(bytes);
      const decoded = inflate(inflater, bytes, pieceBytes);
      assertEquals(typeof decoded === "string", expected === undefined, `${decoded}`);
      if (typeof decoded === "string") refused++;
      else assertSameBytes(decoded, expected!);
    }),
    { numRuns: 1500 },
  );
  assert(refused > 100);
});

Deno.test("Inflater refuses blocks that are not in RFC 1951", () => {
  const inflater = new Inflater();
  const streams = {
    "block type 3": [0b111],
    "a stored block whose length is wrong": [1, 1, 0, 0, 0, 65],
    // Fixed codes: length 3 at distance 1, as the first symbol.
    "a distance before the text": [0x03, 0x02, 0x00],
    "a length code 286": [0x1b, 0x03, 0x00],
  };
  for (const [name, bytes] of Object.entries(streams)) {
    const padded = Uint8Array.from([...bytes, 0, 0, 0, 0, 0, 0, 0, 0]);
    assertEquals(nodeInflate(padded), undefined, name);
    assertEquals(inflate(inflater, padded), "invalid", name);
  }
});

Deno.test("Inflater refuses every stream that is cut off", () => {
  const inflater = new Inflater();
  for (const level of [0, 1, 6]) {
    const stream = deflateRawSync(jsonLines(2000), { level });
    for (let bytes = 0; bytes < stream.length; bytes++) {
      assertEquals(inflate(inflater, stream.subarray(0, bytes)), "ends early", `${bytes}`);
    }
  }
});

Deno.test("Inflater does not depend on what another one decodes in between", () => {
  const text = jsonLines(100_000);
  const stream = deflateRawSync(text);
  const [one, other] = [new Inflater(), new Inflater()];
  one.begin();
  one.input.set(stream.subarray(0, 20_000));
  one.setInput(20_000, 0, false);
  assertEquals(one.run(2 ** 32 - 1), "needs input");
  inflate(other, deflateRawSync(noise(100_000)));
  const bit = one.inputBit;
  const rest = stream.subarray(bit >>> 3);
  one.input.set(rest);
  one.setInput(rest.length, bit & 7, true);
  assertEquals(one.run(2 ** 32 - 1), "stream ended");
  assertSameBytes(one.text, text);
});
