import { assert, assertEquals, assertMatch } from "@std/assert";
import type { LoadReport } from "../../../tools/load/load_report.ts";
import { asText } from "../../support/e2e_bytes.ts";
import { startProgram } from "../../support/e2e_process.ts";
import { sceneTest } from "../../support/e2e_scene.ts";
import { runLoadHere } from "../../support/load_program.ts";
import { TestServer } from "../../support/load_server.ts";

const anyLine = () => new TestServer(() => "OK\nx\n");

sceneTest("--log has a line for each request, in the original's format", async (scene) => {
  await using server = anyLine();
  const path = scene.path("log");
  await Deno.writeTextFile(path, "what was there before, and much longer than what comes\n");
  const args = ["--lines", "5", "--clients", "1,3", "--requests", "2000", "--pipeline", "4"];
  const { code, report } = await runLoadHere(server.address, ...args, "--log", path);
  assertEquals(code, 0);
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertEquals([lines.pop(), lines.length], ["", 8_000]);
  const format = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}(\d+) (\d+\.\d{3})$/;
  for (const line of lines) assertMatch(line, format);
  const fields = lines.map((line) => format.exec(line)!);
  assertEquals(fields.filter(([, clients]) => clients === "3").length, 6_000);
  const longest = Math.max(...fields.slice(0, 2_000).map(([, , ms]) => Number(ms)));
  assert(Math.abs(longest - report().targets[0]!.steps[0]!.latency!.maxMs) < 0.001);
});

sceneTest("--report is a page", async (scene) => {
  await using server = anyLine();
  const path = scene.path("page.html");
  const args = ["--lines", "5", "--clients", "2", "--report", path];
  assertEquals((await runLoadHere(server.address, ...args)).code, 0);
  assertMatch(await Deno.readTextFile(path), /^<!doctype html>/i);
});

sceneTest("A file that cannot be written is told before anything is asked", async (scene) => {
  await using server = anyLine();
  for (const flag of ["--json", "--report", "--log"]) {
    const args = [server.address, flag, scene.path("no/such/file")];
    const { code, stdout, stderr } = await scene.run("load", ...args);
    assertEquals([code, asText(stdout), server.connectionCount], [1, "", 0]);
    assertMatch(
      stderr,
      /^linesvr: Cannot write (file|log): no such file or directory: [^\n]*file[^\n]*\n$/,
    );
  }
});

sceneTest("What a file held before is kept where nothing was measured", async (scene) => {
  const path = scene.path("report.json");
  await Deno.writeTextFile(path, "kept");
  const { code } = await scene.run("load", "127.0.0.1:1", "--json", path);
  assertEquals([code, await Deno.readTextFile(path)], [1, "kept"]);
});

sceneTest("No file is written over that is compared with, or written too", async (scene) => {
  const text = await scene.file("one\ntwo\n");
  await Deno.link(text, scene.path("other name"));
  for (const flag of ["--json", "--report", "--log"]) {
    for (const path of [text, scene.path("other name")]) {
      const { code, stderr } = await scene.run("load", "127.0.0.1:1", "--file", text, flag, path);
      assertEquals(code, 2);
      assertMatch(stderr, new RegExp(`^linesvr: One file for --file and ${flag}: [^\n]*\n$`));
    }
  }
  assertEquals(await Deno.readTextFile(text), "one\ntwo\n");
  const twice = ["--json", scene.path("new"), "--log", scene.path("new")];
  assertEquals((await scene.run("load", "127.0.0.1:1", ...twice)).code, 2);
});

sceneTest("A device may be written to twice", async (scene) => {
  await using server = anyLine();
  const args = ["--lines", "5", "--clients", "1", "--report", "/dev/null", "--log", "/dev/null"];
  assertEquals((await scene.run("load", server.address, ...args)).code, 0);
});

sceneTest("Ctrl-C ends the step, and what was measured is written", async (scene) => {
  let requestCount = 0;
  const enough = Promise.withResolvers<void>();
  // From the second step on nothing is answered: the program has to leave without its replies.
  await using server = new TestServer(() => {
    requestCount++;
    // The second step's 20 clients have asked, and those five again that had an answer.
    if (requestCount === 45) enough.resolve();
    return requestCount > 25 ? "" : "OK\nx\n";
  });
  const [json, log, page] = ["json", "log", "page"].map((name) => scene.path(name));
  const files = ["--json", json!, "--log", log!, "--report", page!];
  const steps = ["--clients", "2,20,3", "--lines", "9"];
  const program = startProgram(["load", server.address, ...steps, ...files]);
  const output = program.output();
  await enough.promise;
  program.kill("SIGINT");
  const { code, stdout, stderr } = await output;
  assertEquals(code, 1);
  assertMatch(asText(stderr), /\nInterrupted: what was measured until then is above\n$/);
  assertEquals(asText(stdout).trimEnd().split("\n").length, 3);
  const { isCutShort, targets } = JSON.parse(await Deno.readTextFile(json!)) as LoadReport;
  assertEquals(isCutShort, true);
  assertEquals(
    targets[0]!.steps.map(({ clients, requests, errors }) => [clients, requests, errors]),
    [[2, 20, 0], [20, 5, 0]],
  );
  assertEquals((await Deno.readTextFile(log!)).split("\n").length, 26);
  assert((await Deno.stat(page!)).size > 0);
});

sceneTest(
  "Where no terminal watches, whole lines are written and no control characters",
  async (scene) => {
    await using server = anyLine();
    const { stdout, stderr } = await scene.run(
      "load",
      server.address,
      "--lines",
      "1",
      "--clients",
      "1,2",
    );
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f]/.test(asText(stdout) + stderr), false);
    assertEquals(asText(stdout).split("\n").length, 4);
  },
);
