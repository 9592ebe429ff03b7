import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { MailboxClosedError } from "../../src/actor/mailbox.ts";
import { IndexPage } from "../../src/index/format/index_page.ts";
import { LOADS_MAX, PageLoader } from "../../src/pages/page_loader.ts";
import { isPending, turn } from "../support/pending.ts";

function page(firstOffset: number): IndexPage {
  return new IndexPage({
    lines: 1,
    firstOffset,
    minLength: 1,
    widthBits: 0,
    packed: new Uint8Array(),
  });
}

/** A loader whose reads end when the test says so. */
class ManualLoader {
  /** The pages whose reads have begun, in order. */
  readonly begun: number[] = [];
  readonly stored = new Map<number, IndexPage>();
  readonly loader: PageLoader;
  readonly #reads = new Map<number, PromiseWithResolvers<IndexPage>>();

  constructor(mailboxCapacity: number) {
    this.loader = new PageLoader({
      read: (pageNumber) => {
        this.begun.push(pageNumber);
        const read = Promise.withResolvers<IndexPage>();
        this.#reads.set(pageNumber, read);
        return read.promise;
      },
      store: (pageNumber, page) => void this.stored.set(pageNumber, page),
    }, { mailboxCapacity: mailboxCapacity, loadsMax: LOADS_MAX });
  }

  /** Sends a message; returns when it is in the mailbox. */
  async send(pageNumber: number): Promise<{ readonly result: Promise<IndexPage> }> {
    const { promise: result, resolve, reject } = Promise.withResolvers<IndexPage>();
    result.catch(() => {});
    await this.loader.send({ pageNumber, resolve, reject });
    return { result };
  }

  async succeed(pageNumber: number): Promise<IndexPage> {
    const loaded = page(pageNumber);
    this.#reads.get(pageNumber)!.resolve(loaded);
    await turn();
    return loaded;
  }

  async fail(pageNumber: number, error: unknown): Promise<void> {
    this.#reads.get(pageNumber)!.reject(error);
    await turn();
  }
}

const FIRST = Array.from({ length: LOADS_MAX }, (_, i) => i);

Deno.test("PageLoader resolves a message with the page once it is stored", async () => {
  const manual = new ManualLoader(4);
  const { result } = await manual.send(7);
  assert(await isPending(result));
  assertEquals([manual.begun, manual.stored.size], [[7], 0]);
  const loaded = await manual.succeed(7);
  assertStrictEquals(await result, loaded);
  assertStrictEquals(manual.stored.get(7), loaded);
  await manual.loader.stop();
});

Deno.test("PageLoader runs LOADS_MAX reads at a time, and begins others in the order of messages", async () => {
  const manual = new ManualLoader(100);
  const order = [...FIRST, 20, 10, 30];
  const sent = await Promise.all(order.map((pageNumber) => manual.send(pageNumber)));
  await turn();
  assertEquals(manual.begun, FIRST);
  // In any order.
  await manual.succeed(3);
  assertEquals(manual.begun, [...FIRST, 20]);
  await manual.fail(0, new Error("device failed"));
  assertEquals(manual.begun, [...FIRST, 20, 10]);
  await manual.succeed(10);
  assertEquals(manual.begun, order);
  for (const pageNumber of order) {
    if (![0, 3, 10].includes(pageNumber)) await manual.succeed(pageNumber);
  }
  const results = await Promise.allSettled(sent.map(({ result }) => result));
  assertEquals(
    results.map(({ status }) => status),
    order.map((n) => n === 0 ? "rejected" : "fulfilled"),
  );
  await manual.loader.stop();
});

Deno.test("PageLoader.send waits while the mailbox is full", async () => {
  const manual = new ManualLoader(2);
  for (const pageNumber of FIRST) await manual.send(pageNumber);
  await turn();
  // One message is taken and waits for a read to end, two are in the mailbox.
  for (const pageNumber of [20, 21, 22]) await manual.send(pageNumber);
  const waiting = manual.send(23);
  assert(await isPending(waiting));
  await manual.succeed(5);
  const { result } = await waiting;
  const stopped = manual.loader.stop();
  for (const pageNumber of [...FIRST, 20, 21, 22, 23]) {
    if (pageNumber !== 5) await manual.succeed(pageNumber);
  }
  assertEquals((await result).firstOffset, 23);
  await stopped;
});

Deno.test("PageLoader rejects a message whose page cannot be read, stores nothing, and tries again", async () => {
  const manual = new ManualLoader(4);
  const error = new Error("device failed");
  const [bad, good] = [await manual.send(1), await manual.send(2)];
  await turn();
  await manual.fail(1, error);
  assertStrictEquals(await assertRejects(() => bad.result), error);
  assertEquals(manual.stored.size, 0);
  await manual.succeed(2);
  assertEquals((await good.result).firstOffset, 2);
  const again = await manual.send(1);
  await turn();
  const loaded = await manual.succeed(1);
  assertStrictEquals(await again.result, loaded);
  assertEquals(manual.begun, [1, 2, 1]);
  await manual.loader.stop();
});

Deno.test("PageLoader rejects a message if storing the page fails, and goes on", async () => {
  const loader = new PageLoader({
    read: (pageNumber) => Promise.resolve(page(pageNumber)),
    store: (pageNumber) => {
      if (pageNumber === 1) throw new Error("no room");
    },
  }, { mailboxCapacity: 4, loadsMax: LOADS_MAX });
  const load = (pageNumber: number) =>
    new Promise<IndexPage>((resolve, reject) => loader.send({ pageNumber, resolve, reject }));
  await assertRejects(() => load(1), Error, "no room");
  assertEquals((await load(2)).firstOffset, 2);
  await loader.stop();
});

Deno.test("PageLoader.stop resolves after the pages in the mailbox are loaded, and refuses other messages", async () => {
  const manual = new ManualLoader(1);
  const sent = [];
  for (const pageNumber of [...FIRST, 20, 21]) {
    sent.push(await manual.send(pageNumber));
    await turn();
  }
  const waiting = assertRejects(() => manual.send(22), MailboxClosedError);
  const stopped = manual.loader.stop();
  await waiting;
  await assertRejects(() => manual.send(23), MailboxClosedError);
  for (const pageNumber of [...FIRST, 20, 21]) {
    assert(await isPending(stopped));
    await manual.succeed(pageNumber);
  }
  await stopped;
  const pages = await Promise.all(sent.map(({ result }) => result));
  assertEquals(pages.map(({ firstOffset }) => firstOffset), [...FIRST, 20, 21]);
});

Deno.test("PageLoader answers every message once, whichever reads fail and in whatever order they end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ fails: fc.boolean(), turns: fc.nat(3) }), {
        maxLength: 40,
        size: "max",
      }),
      fc.integer({ min: 1, max: 5 }),
      async (reads, mailboxCapacity) => {
        let running = 0;
        let most = 0;
        const begun: number[] = [];
        const loader = new PageLoader({
          read: async (pageNumber) => {
            begun.push(pageNumber);
            most = Math.max(most, ++running);
            for (let i = 0; i < reads[pageNumber]!.turns; i++) await Promise.resolve();
            running--;
            if (reads[pageNumber]!.fails) throw new Error(`${pageNumber}`);
            return page(pageNumber);
          },
          store: () => {},
        }, { mailboxCapacity: mailboxCapacity, loadsMax: LOADS_MAX });
        const answers: string[] = [];
        await Promise.all(reads.map((_, pageNumber) =>
          loader.send({
            pageNumber,
            resolve: ({ firstOffset }) => answers.push(`page ${firstOffset}`),
            reject: (error) => answers.push(`error ${(error as Error).message}`),
          })
        ));
        await loader.stop();
        assertEquals(begun, reads.map((_, i) => i));
        assertEquals(
          answers.sort(),
          reads.map(({ fails }, i) => `${fails ? "error" : "page"} ${i}`).sort(),
        );
        assert(most <= LOADS_MAX);
      },
    ),
    { numRuns: 50 },
  );
});
