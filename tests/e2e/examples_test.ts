import { assert, assertEquals } from "@std/assert";
import { hasCommand, runCommand } from "../support/commands.ts";
import { PROJECT_ROOT, ServerProcess } from "../support/e2e_process.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

// The Python example sends 1,000 commands before it reads the replies.
const LINES = 2500;

function lineOf(lineNumber: number): string {
  return `line ${lineNumber} $x * é`;
}

async function withServer(body: (server: ServerProcess) => Promise<void>): Promise<void> {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/text.txt`;
    const lines = Array.from({ length: LINES }, (_, i) => `${lineOf(i + 1)}\n`);
    await Deno.writeTextFile(path, lines.join(""));
    await using server = await ServerProcess.start(path, ["--workers", "1"]);
    await body(server);
  });
}

function exampleTest(
  path: string,
  program: string,
  isThere: boolean,
  body: (server: ServerProcess) => Promise<void>,
): void {
  const why = isThere ? "" : ` (ignored: there is no ${program})`;
  Deno.test(`${path} prints lines of a server${why}`, { ignore: !isThere }, () => withServer(body));
}

exampleTest("examples/get_lines.ts", "deno", true, async (server) => {
  const args = ["run", "--quiet", "--no-prompt", "--allow-net", "examples/get_lines.ts"];
  const wanted = ["127.0.0.1", String(server.port), "3", "1", String(LINES + 1), "3"];
  const printed = [
    `The first line: ${lineOf(1)}`,
    `3: ${lineOf(3)}`,
    `1: ${lineOf(1)}`,
    `${LINES + 1}: (no such line)`,
    `3: ${lineOf(3)}`,
  ];
  const outcome = await runCommand(Deno.execPath(), [...args, ...wanted]);
  assertEquals(outcome, { code: 0, stdout: `${printed.join("\n")}\n`, stderr: "" });
});

exampleTest("examples/get_lines.py", "python3", await hasCommand("python3"), async (server) => {
  const wanted = Array.from({ length: LINES + 1 }, (_, i) => LINES + 1 - i);
  const printed = wanted.map((n) => `${n}: ${n > LINES ? "(no such line)" : lineOf(n)}\n`);
  const args = ["examples/get_lines.py", "127.0.0.1", String(server.port), ...wanted.map(String)];
  const outcome = await runCommand("python3", ["-X", "utf8", ...args]);
  assertEquals(outcome, { code: 0, stdout: printed.join(""), stderr: "" });
});

exampleTest("examples/get_line.sh", "bash", await hasCommand("bash"), async (server) => {
  const address = ["examples/get_line.sh", "127.0.0.1", String(server.port)];
  const found = await runCommand("bash", [...address, "7"]);
  assertEquals(found, { code: 0, stdout: `${lineOf(7)}\n`, stderr: "" });
  const missing = await runCommand("bash", [...address, "0"]);
  assertEquals(missing, { code: 1, stdout: "", stderr: "line 0: ERR\n" });
});

Deno.test("every example is under 40 lines and has a test", async () => {
  const tested = ["get_line.sh", "get_lines.py", "get_lines.ts"];
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${PROJECT_ROOT}examples`)) {
    names.push(name);
    const text = await Deno.readTextFile(`${PROJECT_ROOT}examples/${name}`);
    assert(text.split("\n").length <= 40, name);
  }
  assertEquals(names.sort(), tested);
});
