import { assertEquals, assertRejects } from "@std/assert";
import { UnpackTurns } from "../../../src/source/compressed/unpack_turns.ts";

/** Actions that end when they are told to. */
class Actions {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  start(name: string): () => Promise<string> {
    const end = Promise.withResolvers<string>();
    this.#ends.set(name, end);
    return () => {
      this.begun.push(name);
      return end.promise;
    };
  }

  end(name: string): void {
    this.#ends.get(name)!.resolve(name);
  }

  fail(name: string): void {
    this.#ends.get(name)!.reject(new Error(name));
  }
}

Deno.test("UnpackTurns.run() begins actions in order, as long as they fit", async () => {
  const turns = new UnpackTurns(10);
  const actions = new Actions();
  const running = [6, 4, 5, 5].map((bytes, i) => turns.run(bytes, actions.start(`${i}`)));
  assertEquals(actions.begun, ["0", "1"]);
  actions.end("1");
  assertEquals(await running[1], "1");
  // The third one does not fit yet, and the fourth one does not pass it.
  assertEquals(actions.begun, ["0", "1"]);
  actions.end("0");
  await running[0];
  assertEquals(actions.begun, ["0", "1", "2", "3"]);
  actions.end("2");
  actions.end("3");
  assertEquals(await Promise.all(running), ["0", "1", "2", "3"]);
});

Deno.test("UnpackTurns.run() begins an action that is too large when no other one runs", async () => {
  const turns = new UnpackTurns(10);
  const actions = new Actions();
  const small = turns.run(1, actions.start("small"));
  const large = turns.run(11, actions.start("large"));
  assertEquals(actions.begun, ["small"]);
  actions.end("small");
  await small;
  actions.end("large");
  assertEquals(await large, "large");
});

Deno.test("UnpackTurns.run() of an action that fails makes room for the next one", async () => {
  const turns = new UnpackTurns(10);
  const actions = new Actions();
  const failing = turns.run(10, actions.start("failing"));
  const next = turns.run(10, actions.start("next"));
  actions.fail("failing");
  await assertRejects(() => failing, Error, "failing");
  actions.end("next");
  assertEquals(await next, "next");
});
