import { assertEquals } from "@std/assert";
import { warmUp } from "../../../../tools/load/measure/warm_up.ts";
import { runLoadHere } from "../../../support/load_program.ts";
import { TestServer } from "../../../support/load_server.ts";

Deno.test("warmUp ends and leaves nothing open", async () => {
  for (const protocol of ["line", "redis", "http"] as const) await warmUp(protocol);
});

Deno.test("linesvr-load sends nothing to the server before the first step", async () => {
  await using server = new TestServer(() => "OK\nx\n");
  const { code, step } = await runLoadHere(server.address, "--lines", "1", "--clients", "1");
  assertEquals([code, step().requests, server.requestCount, server.connectionCount], [
    0,
    10,
    10,
    1,
  ]);
});
