import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FINGERPRINT_BYTES, WHOLLY_HASHED_MAX_BYTES } from "../../src/source/fingerprint.ts";
import { TextError, type TextSource } from "../../src/source/text_source.ts";
import { neverHangs, until } from "./text_threads.ts";

/** A text that was opened for a test of the contract. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: TextSource;
  /** Ways to change the text, by what they do; `check()` must notice each. Each is tried on a new text. */
  readonly changes?: Readonly<Record<string, () => void | Promise<void>>>;
}

/** Opens a text with this content. */
export type OpenSource = (content: Uint8Array<ArrayBuffer>) => Promise<OpenedSource>;

const BLOCKS = 5;

/**
 * Declares the tests that every {@linkcode TextSource} must pass.
 *
 * @param name of the kind of source, for the names of the tests
 */
export function testTextSource(name: string, open: OpenSource): void {
  const test = (
    what: string,
    body: (opened: OpenedSource, content: Uint8Array<ArrayBuffer>) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${what}`, async () => {
      await using empty = await open(new Uint8Array());
      const content = variedBytes((BLOCKS - 1) * empty.source.blockBytes + 1000);
      await using opened = await open(content);
      await body(opened, content);
    });

  test("size, name and blockBytes describe the text", async ({ source }, content) => {
    assertEquals(source.size, content.length);
    assertNotEquals(source.name, "");
    assert(Number.isSafeInteger(source.blockBytes) && source.blockBytes > 0);
    await using empty = await open(new Uint8Array());
    assertEquals(empty.source.size, 0);
  });

  test("tryRead() and read() return the bytes of any range", async ({ source }, content) => {
    await fc.assert(
      fc.asyncProperty(rangeIn(content.length, source.blockBytes), async ([from, to]) => {
        await assertReads(source, content, from, to);
      }),
      { numRuns: 200 },
    );
  });

  test("tryRead() and read() read at every block border", async ({ source }, content) => {
    for (let border = 0; border < content.length; border += source.blockBytes) {
      for (const from of [border - 1, border, border + 1]) {
        for (const to of [from, from + 1, from + 2, from + source.blockBytes]) {
          if (from < 0 || to > content.length) continue;
          await assertReads(source, content, from, to);
        }
      }
    }
  });

  test("tryRead() and read() read everything, and nothing", async ({ source }, content) => {
    await assertReads(source, content, 0, content.length);
    for (const at of [0, source.blockBytes, content.length]) {
      await assertReads(source, content, at, at);
    }
    await using empty = await open(new Uint8Array());
    await assertReads(empty.source, new Uint8Array(), 0, 0);
  });

  test("read() of many ranges side by side reads each right", async ({ source }, content) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rangeIn(content.length, source.blockBytes), { minLength: 20, maxLength: 60 }),
        async (ranges) => {
          const reads = ranges.map(([from, to]) => assertAwaitedRead(source, content, from, to));
          for (const [from, to] of ranges) assertTriedRead(source, content, from, to);
          await neverHangs(Promise.all(reads));
        },
      ),
      { numRuns: 10 },
    );
  });

  test("tryRead() and read() out of range throw and leave the buffer unchanged", async (
    { source },
    content,
  ) => {
    const size = content.length;
    const ranges = [[size, 1], [size - 1, 2], [0, size + 1], [2 ** 40, 1], [-1, 1], [-5, 3]];
    for (const [offset, length] of ranges as [number, number][]) {
      const what = `${length} bytes at ${offset} of ${size}`;
      const into = new Uint8Array(length).fill(0xee);
      assertThrows(() => source.tryRead(into, offset), Error, undefined, what);
      await assertRejects(() => source.read(into, offset), Error, undefined, what);
      assert(into.every((byte) => byte === 0xee), what);
    }
    await assertReads(source, content, 0, 10);
  });

  test("read() with an aborted signal rejects with its reason and reads nothing", async (
    { source },
    content,
  ) => {
    const reason = new Error("enough");
    const into = new Uint8Array(10).fill(0xee);
    const read = () => source.read(into, 5, AbortSignal.abort(reason));
    assertEquals(await assertRejects(read), reason);
    const hash = () => source.fingerprint(AbortSignal.abort(reason));
    assertEquals(await assertRejects(hash), reason);
    assert(into.every((byte) => byte === 0xee));
    await assertReads(source, content, 5, 15);
  });

  test("read() that is aborted later reads right or rejects, and later reads succeed", async (
    { source },
    content,
  ) => {
    const reason = new Error("enough");
    const abort = new AbortController();
    const reads = Array.from({ length: 60 }, async (_, i) => {
      const into = new Uint8Array(100);
      await source.read(into, i * 7, abort.signal);
      assertEquals(into, content.slice(i * 7, i * 7 + 100));
    });
    abort.abort(reason);
    for (const outcome of await neverHangs(Promise.allSettled(reads))) {
      if (outcome.status === "rejected") assertEquals(outcome.reason, reason);
    }
    await assertReads(source, content, 0, content.length);
  });

  test("fingerprint() is the same for the same content, and for no other", async (
    { source },
    content,
  ) => {
    const fingerprint = await source.fingerprint();
    assertEquals(fingerprint.length, FINGERPRINT_BYTES);
    assertEquals(await source.fingerprint(), fingerprint);
    const fingerprintOf = async (content: Uint8Array<ArrayBuffer>) => {
      await using opened = await open(content);
      return await opened.source.fingerprint();
    };
    assertEquals(await fingerprintOf(content), fingerprint);
    for (const at of [0, content.length >> 1, content.length - 1]) {
      const other = content.with(at, content[at]! ^ 1);
      assertNotEquals(await fingerprintOf(other), fingerprint, `byte ${at}`);
    }
    assertNotEquals(await fingerprintOf(content.slice(1)), fingerprint, "another size");
  });

  test("fingerprint() of a large text differs if its first or last byte does", async () => {
    const content = variedBytes(WHOLLY_HASHED_MAX_BYTES + 5_000);
    await using opened = await open(content);
    const fingerprint = await opened.source.fingerprint();
    for (const at of [0, content.length - 1]) {
      await using other = await open(content.with(at, content[at]! ^ 1));
      assertNotEquals(await other.source.fingerprint(), fingerprint, `byte ${at}`);
    }
  });

  test("check() accepts a text that nobody changed", async ({ source }, content) => {
    source.check();
    await assertReads(source, content, 0, content.length);
    for (let i = 0; i < 3; i++) source.check();
  });

  Deno.test(`${name}: check() throws a TextError, and goes on to, once the text was changed`, async () => {
    await using sample = await open(variedBytes(1000));
    for (const what of Object.keys(sample.changes ?? {})) {
      await using opened = await open(variedBytes(1000));
      const { source } = opened;
      source.check();
      await opened.changes![what]!();
      // It may trust what it saw for a moment.
      await until(() => failureOf(() => source.check()) !== undefined);
      const failure = failureOf(() => source.check());
      assert(failure instanceof TextError, what);
      assert(failure.message.includes(source.name), `${what}: ${failure.message}`);
    }
  });

  test("tryRead() and read() fail after dispose, which may be repeated", async ({ source }) => {
    await source[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
    assertThrows(() => source.tryRead(new Uint8Array(1), 0), Error);
    await assertRejects(() => source.read(new Uint8Array(1), 0), Error);
  });

  test("read() that runs while the source is disposed reads right or fails", async (
    { source },
    content,
  ) => {
    const reads = Array.from({ length: 60 }, async (_, i) => {
      const into = new Uint8Array(100);
      await source.read(into, i * 7);
      return [into, content.slice(i * 7, i * 7 + 100)];
    });
    await source[Symbol.asyncDispose]();
    for (const outcome of await neverHangs(Promise.allSettled(reads))) {
      if (outcome.status === "fulfilled") assertEquals(outcome.value[0], outcome.value[1]);
    }
  });
}

/** Bytes of which neighbouring blocks differ. */
export function variedBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at++) bytes[at] = at * 31 + Math.floor(at / 251);
  return bytes;
}

/** Ranges in a text, many of which begin or end near the border of a block. */
function rangeIn(size: number, blockBytes: number): fc.Arbitrary<[from: number, to: number]> {
  const nearBorder = fc.tuple(
    fc.nat(Math.floor(size / blockBytes)),
    fc.integer({ min: -2, max: 2 }),
  ).map(([block, shift]) => Math.min(Math.max(block * blockBytes + shift, 0), size));
  const offset = fc.oneof(fc.nat(size), nearBorder);
  return fc.tuple(offset, offset).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
}

async function assertReads(
  source: TextSource,
  content: Uint8Array,
  from: number,
  to: number,
): Promise<void> {
  assertTriedRead(source, content, from, to);
  await assertAwaitedRead(source, content, from, to);
}

function assertTriedRead(source: TextSource, content: Uint8Array, from: number, to: number): void {
  const into = new Uint8Array(to - from).fill(0xee);
  const isRead = source.tryRead(into, from);
  const expected = isRead ? content.slice(from, to) : new Uint8Array(to - from).fill(0xee);
  assertSameBytes(into, expected, `tryRead() of ${from} to ${to}: ${isRead}`);
}

async function assertAwaitedRead(
  source: TextSource,
  content: Uint8Array,
  from: number,
  to: number,
): Promise<void> {
  const into = new Uint8Array(to - from).fill(0xee);
  await source.read(into, from);
  assertSameBytes(into, content.slice(from, to), `read() of ${from} to ${to}`);
}

// Without `assertEquals`, which would show thousands of bytes.
function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert(
    actual.length === expected.length && actual.every((byte, i) => byte === expected[i]),
    what,
  );
}

function failureOf(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
