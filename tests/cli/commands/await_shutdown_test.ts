import { assertEquals, assertRejects } from "@std/assert";
import { awaitShutdown, NOTICE_AFTER_MS } from "../../../src/cli/commands/await_shutdown.ts";
import { ManualTimers } from "../../support/manual_timers.ts";
import { isPending } from "../../support/pending.ts";

/** A server whose shutdown ends when the test says so. */
class Stage {
  readonly timers = new ManualTimers();
  readonly notices: string[] = [];
  readonly messages: string[] = [];
  readonly finished = Promise.withResolvers<void>();
  closes = 0;
  readonly done: Promise<void>;

  constructor(connectionCount: number) {
    const server = {
      connectionCount,
      finished: this.finished.promise,
      close: () => void this.closes++,
    };
    this.done = awaitShutdown(server, {
      drainTimeoutMs: 30_000,
      notify: (message) => this.notices.push(message),
      log: (message) => this.messages.push(message),
      timers: this.timers,
    });
  }
}

Deno.test("awaitShutdown() says nothing about a short shutdown", async () => {
  const stage = new Stage(1);
  stage.timers.advance(NOTICE_AFTER_MS - 1);
  stage.finished.resolve();
  await stage.done;
  stage.timers.advance(60_000);
  assertEquals([stage.notices, stage.messages, stage.closes], [[], [], 0]);
  assertEquals(stage.timers.pendingCount, 0);
});

Deno.test("awaitShutdown() says what it waits for, then closes the server after the drain timeout, and waits no longer", async () => {
  const stage = new Stage(1_234);
  stage.timers.advance(NOTICE_AFTER_MS);
  assertEquals(stage.notices, [
    "waiting for 1,234 clients to read the last replies, at most 30 s; press Ctrl-C again to stop now",
  ]);
  stage.timers.advance(29_499);
  assertEquals([await isPending(stage.done), stage.closes], [true, 0]);
  stage.timers.advance(1);
  await stage.done;
  assertEquals([stage.closes, stage.messages], [1, [
    "Disconnected 1,234 clients after the drain timeout of 30 s. Replies may be missing.",
  ]]);
});

Deno.test("awaitShutdown() rejects if the server fails, and leaves no timer", async () => {
  const stage = new Stage(1);
  stage.finished.reject(new Error("broken"));
  await assertRejects(() => stage.done, Error, "broken");
  assertEquals(stage.timers.pendingCount, 0);
});

Deno.test("awaitShutdown() says that it waits for HTTP clients if no TCP client is connected", async () => {
  const stage = new Stage(0);
  stage.timers.advance(30_000);
  await stage.done;
  assertEquals(stage.notices, [
    "waiting for HTTP clients to read the last replies, at most 30 s; press Ctrl-C again to stop now",
  ]);
  assertEquals(stage.messages, [
    "Disconnected HTTP clients after the drain timeout of 30 s. Replies may be missing.",
  ]);
});
