import { assertEquals } from "@std/assert";
import type { LineAsker } from "../../src/client/line_request.ts";
import { OrderedLines } from "../../src/client/ordered_lines.ts";
import { turn } from "../support/pending.ts";

Deno.test("a number that comes after an iteration was aborted is not asked", async () => {
  const asked: number[] = [];
  const asker: LineAsker = {
    ask: ({ lineNumber }) => void asked.push(lineNumber),
    forget: () => {},
  };
  const late = Promise.withResolvers<number>();
  async function* slow(): AsyncGenerator<number, void> {
    yield await late.promise;
  }
  const abort = new AbortController();
  const options = { aheadMax: 2, signal: abort.signal };
  const next = new OrderedLines(asker, slow(), options).take().next().catch(String);
  abort.abort("enough");
  assertEquals(await next, "enough");
  late.resolve(1);
  await turn();
  assertEquals(asked, []);
});
