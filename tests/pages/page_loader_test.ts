import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { MailboxClosedError } from "../../src/actor/mailbox.ts";
import { IndexPage } from "../../src/index/format/index_page.ts";
import { PageLoader } from "../../src/pages/page_loader.ts";
import type { PageSource } from "../../src/pages/page_source.ts";
import { isPending, turn } from "../support/pending.ts";

function page(firstOffset: number): IndexPage {
  return new IndexPage({
    lines: 1,
    firstOffset,
    minLength: 1,
    widthBits: 0,
    packed: new Uint8Array(0),
  });
}

/** Gives each page when the test says so. */
class ManualSource implements PageSource {
  readonly asked: number[] = [];
  readonly #reads = new Map<number, PromiseWithResolvers<IndexPage>>();

  readPage(pageNumber: number): Promise<IndexPage> {
    this.asked.push(pageNumber);
    const read = Promise.withResolvers<IndexPage>();
    this.#reads.set(pageNumber, read);
    return read.promise;
  }

  readAtHand(): undefined {
    return undefined;
  }

  give(pageNumber: number): IndexPage {
    const given = page(pageNumber);
    this.#reads.get(pageNumber)!.resolve(given);
    return given;
  }

  fail(pageNumber: number, error: unknown): void {
    this.#reads.get(pageNumber)!.reject(error);
  }
}

function setUp(mailboxCapacity: number) {
  const source = new ManualSource();
  const cache = new Map<number, IndexPage>();
  const loader = new PageLoader(source, cache, mailboxCapacity);
  return { source, cache, loader };
}

Deno.test("a page is read into the cache and handed to who asked", async () => {
  const { source, cache, loader } = setUp(4);
  const { pageNumber, result } = await loader.request(7);
  assertEquals(pageNumber, 7);
  assert(await isPending(result));
  assertEquals([source.asked, loader.inFlight, cache.has(7)], [[7], 1, false]);
  const given = source.give(7);
  const found = await result;
  assert(found.ok);
  assertStrictEquals(found.page, given);
  assertStrictEquals(cache.get(7), given);
  assertEquals(loader.inFlight, 0);
  await loader.stop();
});

Deno.test("requests for a page that is on its way join it: one read", async () => {
  const { source, loader } = setUp(1);
  const first = await loader.request(1);
  await turn();
  // Far more than the mailbox holds: a request that joins takes no room.
  const joined = await Promise.all(Array.from({ length: 50 }, () => loader.request(1)));
  assertEquals([loader.inFlight, loader.mailboxSize], [1, 0]);
  const given = source.give(1);
  for (const { result } of [first, ...joined]) {
    assertEquals(await result, { ok: true, page: given });
  }
  assertEquals(source.asked, [1]);
  await loader.stop();
});

Deno.test("requests join one that still waits in the mailbox, or for room in it", async () => {
  const { source, loader } = setUp(1);
  await loader.request(1);
  await turn();
  const inMailbox = await loader.request(2);
  const forRoom = loader.request(3);
  assert(await isPending(forRoom));
  const joined = await Promise.all([loader.request(2), loader.request(3)]);
  assertEquals([source.asked, loader.inFlight], [[1], 3]);
  for (const pageNumber of [1, 2, 3]) {
    source.give(pageNumber);
    await turn();
  }
  assertEquals((await inMailbox.result).ok, true);
  for (const { result } of [await forRoom, ...joined]) assertEquals((await result).ok, true);
  assertEquals(source.asked, [1, 2, 3]);
  await loader.stop();
});

Deno.test("pages are read one at a time, in the order in which they were asked for", async () => {
  const { source, loader } = setUp(4);
  const requests = await Promise.all([5, 3, 9].map((pageNumber) => loader.request(pageNumber)));
  await turn();
  assertEquals(source.asked, [5]);
  source.give(5);
  await turn();
  assertEquals(source.asked, [5, 3]);
  source.give(3);
  await turn();
  assertEquals(source.asked, [5, 3, 9]);
  source.give(9);
  for (const { result } of requests) assertEquals((await result).ok, true);
  await loader.stop();
});

Deno.test("a request waits while the mailbox is full", async () => {
  const { source, loader } = setUp(2);
  await loader.request(1);
  await turn();
  await loader.request(2);
  await loader.request(3);
  const waiting = loader.request(4);
  assert(await isPending(waiting));
  assertEquals(loader.mailboxSize, 2);
  source.give(1);
  const { result } = await waiting;
  for (const pageNumber of [2, 3, 4]) {
    await turn();
    source.give(pageNumber);
  }
  assertEquals((await result).ok, true);
  await loader.stop();
});

Deno.test("a failure is a value to all who wait, and the next request tries again", async () => {
  const { source, cache, loader } = setUp(4);
  const requests = [await loader.request(1), await loader.request(1)];
  await turn();
  const error = new Error("the disk failed");
  source.fail(1, error);
  for (const { result } of requests) assertEquals(await result, { ok: false, error });
  assertEquals([loader.inFlight, cache.size], [0, 0]);

  const { result } = await loader.request(1);
  await turn();
  const given = source.give(1);
  assertEquals(await result, { ok: true, page: given });
  assertEquals(source.asked, [1, 1]);
  await loader.stop();
});

Deno.test("a failure does not keep other pages from being loaded", async () => {
  const { source, loader } = setUp(4);
  const [bad, good] = [await loader.request(1), await loader.request(2)];
  await turn();
  source.fail(1, "no error object");
  const failed = await bad.result;
  assert(!failed.ok && failed.error instanceof Error);
  assertEquals(failed.error.message, "no error object");
  await turn();
  source.give(2);
  assertEquals((await good.result).ok, true);
  await loader.stop();
});

Deno.test("a source that has its pages at once is read page by page all the same", async () => {
  const asked: number[] = [];
  const source: PageSource = {
    readPage(pageNumber) {
      asked.push(pageNumber);
      return page(pageNumber);
    },
    readAtHand: () => undefined,
  };
  const cache = new Map<number, IndexPage>();
  const loader = new PageLoader(source, cache, 2);
  const requests = await Promise.all([4, 2, 4, 9].map((pageNumber) => loader.request(pageNumber)));
  for (const { pageNumber, result } of requests) {
    const found = await result;
    assert(found.ok);
    assertEquals(found.page.startOf(0), pageNumber);
    assertStrictEquals(cache.get(pageNumber), found.page);
  }
  assertEquals([asked, loader.inFlight], [[4, 2, 9], 0]);
  await loader.stop();
});

Deno.test("a source that throws at once is a failure like any other", async () => {
  const source: PageSource = {
    readPage() {
      throw new Error("at once");
    },
    readAtHand: () => undefined,
  };
  const loader = new PageLoader(source, new Map(), 1);
  const found = await (await loader.request(1)).result;
  assert(!found.ok);
  assertEquals(found.error.message, "at once");
  await loader.stop();
});

Deno.test("a page that its keeper does not keep reaches who asked for it all the same", async () => {
  const source = new ManualSource();
  const loader = new PageLoader(source, { set: () => {} }, 1);
  const { result } = await loader.request(1);
  await turn();
  const given = source.give(1);
  assertEquals(await result, { ok: true, page: given });
  await loader.stop();
});

Deno.test("stop loads what is in the mailbox and refuses who waits for room, and who joined", async () => {
  const { source, loader } = setUp(1);
  const first = await loader.request(1);
  await turn();
  const second = await loader.request(2);
  const refused = assertRejects(() => loader.request(3), MailboxClosedError);
  const joined = await loader.request(3);
  const stopped = loader.stop();
  await refused;
  const found = await joined.result;
  assert(!found.ok && found.error instanceof MailboxClosedError);
  await assertRejects(() => loader.request(4), MailboxClosedError);
  assert(await isPending(stopped));
  source.give(1);
  await turn();
  source.give(2);
  await stopped;
  assertEquals([(await first.result).ok, (await second.result).ok], [true, true]);
  assertEquals([source.asked, loader.inFlight], [[1, 2], 0]);
});

Deno.test("a page that is at hand is loaded without a message, and kept", async () => {
  const source: PageSource = {
    readPage: () => Promise.reject(new Error("a message was sent")),
    readAtHand: (pageNumber) => pageNumber === 3 ? undefined : page(pageNumber),
  };
  const cache = new Map<number, IndexPage>();
  const loader = new PageLoader(source, cache, 1);
  const loaded = loader.loadAtHand(2);
  assertEquals(loaded?.firstOffset, 2);
  assertStrictEquals(cache.get(2), loaded);
  assertEquals([loader.loadAtHand(3), cache.has(3), loader.inFlight], [undefined, false, 0]);
  await loader.stop();
});

Deno.test("a page that is on its way, or cannot be read, is not loaded without a message", async () => {
  const { source, loader } = setUp(2);
  let reads = 0;
  source.readAtHand = () => {
    reads++;
    throw new Error("the disk failed");
  };
  const { result } = await loader.request(1);
  assertEquals([loader.loadAtHand(1), reads], [undefined, 0]);
  assertEquals([loader.loadAtHand(2), reads], [undefined, 1]);
  await turn();
  const given = source.give(1);
  assertEquals(await result, { ok: true, page: given });
  await loader.stop();
});
