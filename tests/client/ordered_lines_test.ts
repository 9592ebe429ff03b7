import { assertEquals } from "@std/assert";
import { completeOptions } from "../../src/client/options.ts";
import { linesInOrder } from "../../src/client/ordered_lines.ts";
import { RequestSender } from "../../src/client/request_sender.ts";
import { FakeSocket } from "../support/e2e_fake_socket.ts";
import { turn } from "../support/pending.ts";

Deno.test("linesInOrder requests no line whose number arrives after the iteration was aborted", async () => {
  const socket = new FakeSocket();
  const sender = new RequestSender(completeOptions({}), () => Promise.resolve(socket));
  await sender.connect();
  const late = Promise.withResolvers<number>();
  async function* slow(): AsyncGenerator<number, void> {
    yield await late.promise;
  }
  const abort = new AbortController();
  const next = linesInOrder(sender, slow(), 2, abort.signal).next().catch(String);
  abort.abort("enough");
  assertEquals(await next, "enough");
  late.resolve(1);
  await turn();
  assertEquals(socket.written, "");
  await sender.close();
});
