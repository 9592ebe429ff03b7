import { assert, assertEquals, assertMatch } from "@std/assert";
import { HELP } from "../../../tools/load/cli/load_command.ts";
import type { LoadReport } from "../../../tools/load/load_report.ts";
import { asText } from "../../support/e2e_bytes.ts";
import { PROJECT_ROOT, runProgram, startProgram } from "../../support/e2e_process.ts";
import { sceneTest } from "../../support/e2e_scene.ts";
import { LOAD_PROGRAM, runLoadHere } from "../../support/load_program.ts";
import { TestServer } from "../../support/load_server.ts";

const runLoad = (...args: string[]) => runProgram(args, { program: LOAD_PROGRAM });
const anyLine = () => new TestServer(() => "OK\nx\n");

sceneTest("--log writes a line for each request", async (scene) => {
  await using server = anyLine();
  const path = scene.path("log");
  await Deno.writeTextFile(path, "old content\n");
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

sceneTest("--report writes an HTML page", async (scene) => {
  await using server = anyLine();
  const path = scene.path("page.html");
  const args = ["--lines", "5", "--clients", "2", "--report", path];
  assertEquals((await runLoadHere(server.address, ...args)).code, 0);
  assertMatch(await Deno.readTextFile(path), /^<!doctype html>/i);
});

sceneTest(
  "linesvr-load fails before the first request if an output file cannot be written",
  async (scene) => {
    await using server = anyLine();
    for (const flag of ["--json", "--report", "--log"]) {
      const args = [server.address, flag, scene.path("no/such/file")];
      const { code, stdout, stderr } = await runLoad(...args);
      assertEquals([code, asText(stdout), server.connectionCount], [1, "", 0]);
      assertMatch(
        stderr,
        /^linesvr-load: Cannot write file: [^\n]*file \(no such file or directory\)\. [^\n]*\n$/,
      );
    }
  },
);

sceneTest("linesvr-load leaves all output files alone if the run cannot start", async (scene) => {
  const flags = ["--json", "--report", "--log"];
  const pathsIn = (folder: string) =>
    flags.flatMap((flag) => [flag, scene.path(`${folder}/${flag}`)]);
  await Deno.mkdir(scene.path("new"));
  await Deno.mkdir(scene.path("old"));
  for (const flag of flags) await Deno.writeTextFile(scene.path(`old/${flag}`), "kept");
  for (const folder of ["new", "old"]) {
    assertEquals((await runLoad("127.0.0.1:1", ...pathsIn(folder))).code, 1);
  }
  assertEquals([...Deno.readDirSync(scene.path("new"))], []);
  assertEquals([...Deno.readDirSync(scene.path("old"))].length, 3);
  for (const flag of flags) {
    assertEquals(await Deno.readTextFile(scene.path(`old/${flag}`)), "kept");
  }
});

sceneTest("--log-date original writes the date as 2026/11/29", async (scene) => {
  await using server = anyLine();
  const path = scene.path("log");
  const args = ["--lines", "5", "--clients", "2", "--log", path, "--log-date", "original"];
  assertEquals((await runLoadHere(server.address, ...args)).code, 0);
  for (const line of (await Deno.readTextFile(path)).trimEnd().split("\n")) {
    assertMatch(line, /^\d{4}\/\d\d\/\d\d {2}2 \d+\.\d{3}$/);
  }
});

sceneTest("linesvr-load refuses to overwrite --file or another output file", async (scene) => {
  const text = await scene.file("one\ntwo\n");
  await Deno.link(text, scene.path("other name"));
  for (const flag of ["--json", "--report", "--log"]) {
    for (const path of [text, scene.path("other name")]) {
      const { code, stderr } = await runLoad("127.0.0.1:1", "--file", text, flag, path);
      assertEquals(code, 2);
      assertMatch(
        stderr,
        new RegExp(`^linesvr-load: --file and ${flag} must be different files[^\n]*\n$`),
      );
    }
  }
  assertEquals(await Deno.readTextFile(text), "one\ntwo\n");
  const twice = ["--json", scene.path("new"), "--log", scene.path("new")];
  assertEquals((await runLoad("127.0.0.1:1", ...twice)).code, 2);
});

Deno.test("linesvr-load writes two outputs to one device", async () => {
  await using server = anyLine();
  const args = ["--lines", "5", "--clients", "1", "--report", "/dev/null", "--log", "/dev/null"];
  assertEquals((await runLoad(server.address, ...args)).code, 0);
});

sceneTest("linesvr-load ends the step at SIGINT and writes the results so far", async (scene) => {
  let requestCount = 0;
  const enough = Promise.withResolvers<void>();
  // Nothing is answered from the second step on: the program must not wait for replies.
  await using server = new TestServer(() => {
    requestCount++;
    // The 20 clients of the second step have sent a request, and the five with a reply another one.
    if (requestCount === 45) enough.resolve();
    return requestCount > 25 ? "" : "OK\nx\n";
  });
  const [json, log, page] = ["json", "log", "page"].map((name) => scene.path(name));
  const files = ["--json", json!, "--log", log!, "--report", page!];
  const steps = ["--clients", "2,20,3", "--lines", "9"];
  const child = startProgram([server.address, ...steps, ...files], { program: LOAD_PROGRAM });
  const output = child.output();
  await enough.promise;
  child.kill("SIGINT");
  const { code, stdout, stderr } = await output;
  assertEquals(code, 1);
  assertMatch(asText(stderr), /\nInterrupted: the results so far are above\n$/);
  assertEquals(asText(stdout).trimEnd().split("\n").length, 4);
  const { isCutShort, targets } = JSON.parse(await Deno.readTextFile(json!)) as LoadReport;
  assertEquals(isCutShort, true);
  assertEquals(
    targets[0]!.steps.map(({ clients, requests, errors }) => [clients, requests, errors]),
    [[2, 20, 0], [20, 5, 0]],
  );
  assertEquals((await Deno.readTextFile(log!)).split("\n").length, 26);
  assert((await Deno.stat(page!)).size > 0);
});

Deno.test(
  "linesvr-load prints only complete lines without control characters if there is no terminal",
  async () => {
    await using server = anyLine();
    const { stdout, stderr } = await runLoad(
      server.address,
      "--lines",
      "1",
      "--clients",
      "1,2",
    );
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f]/.test(asText(stdout) + stderr), false);
    assertEquals(asText(stdout).split("\n").length, 5);
  },
);

Deno.test("linesvr-load --help prints its usage on standard output and exits with 0", async () => {
  for (const args of [["--help"], ["-h"], ["a:1", "--what", "--help"]]) {
    const { code, stdout, stderr } = await runLoad(...args);
    assertMatch(asText(stdout), /^Usage: linesvr-load HOST:PORT[^]*--against LABEL=HOST:PORT/);
    assertEquals([code, stderr], [0, ""]);
  }
});

Deno.test("linesvr-load with a wrong command line prints one line and exits with 2", async () => {
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [[], /^linesvr-load: [^\n]*HOST:PORT[^\n]*"linesvr-load --help"[^\n]*\n$/],
    [["a:1", "--clients", "1..x"], /^linesvr-load: [^\n]*--clients[^\n]*1\.\.x[^\n]*\n$/],
  ];
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await runLoad(...args);
    assertMatch(stderr, message);
    assertEquals([code, asText(stdout)], [2, ""]);
  }
});

Deno.test("linesvr-load --help and docs/load.md have the same options", async () => {
  const flags = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, flag]) => flag!).sort();
  const manual = await Deno.readTextFile(`${PROJECT_ROOT}docs/load.md`);
  const inManual = flags(manual, /^\| `(--[a-z-]+)/gm);
  assertEquals([...inManual, "--help"].sort(), flags(HELP, /^ {2}(--[a-z-]+)/gm));
});
