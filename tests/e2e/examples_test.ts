import { assert, assertEquals } from "@std/assert";
import { hasCommand, runCommand } from "../support/commands.ts";
import { PROJECT_ROOT, ServerProcess } from "../support/e2e_process.ts";
import { findPython, hasProgram, runCommand as run, testIfThere } from "../support/programs.ts";
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
  testIfThere(`${path} prints lines of a server`, program, isThere, () => withServer(body));
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

const redisPython = await findPython("redis");

exampleTest(
  "examples/dataset.py",
  "Python with redis",
  redisPython !== undefined,
  async (server) => {
    const address = ["-X", "utf8", "examples/dataset.py", "127.0.0.1", String(server.port)];
    const found = await run(redisPython!, [...address, "6", "0", String(LINES - 1)]);
    const printed = [LINES, lineOf(7), lineOf(1), lineOf(LINES)].map((line) => `${line}\n`);
    assertEquals(found, { code: 0, stdout: printed.join(""), stderr: "" });
  },
);

const FORKING = `
import os, sys
sys.path.insert(0, "examples")
sys.dont_write_bytecode = True
records = __import__(sys.argv[2]).LineDataset("127.0.0.1", int(sys.argv[1]))
assert len(records) >= 2400
def check():
    for i in range(0, 2400, 100):
        batch = records.__getitems__(list(range(i, i + 100)))
        assert [b.decode().split()[1] for b in batch] == [str(n + 1) for n in range(i, i + 100)]
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        check()
        os._exit(0)
    children.append(child)
check()
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
`;

const hasPython = await hasProgram("python3");
for (
  const [name, needs, python] of [
    ["dataset", "Python with redis", redisPython],
    ["socket_dataset", "python3", hasPython ? "python3" : undefined],
  ] as const
) {
  testIfThere(
    `examples/${name}.py: forked processes read at the same time`,
    needs,
    python !== undefined,
    () =>
      withServer(async (server) => {
        const found = await run(python!, ["-c", FORKING, String(server.port), name]);
        assertEquals(found, { code: 0, stdout: "", stderr: "" });
      }),
  );
}

exampleTest("examples/socket_dataset.py", "python3", hasPython, async (server) => {
  const args = ["-X", "utf8", "examples/socket_dataset.py", "127.0.0.1", String(server.port)];
  const printed = `${lineOf(3)}\n${lineOf(1)}\n`;
  assertEquals(await run("python3", [...args, "2", "0"]), { code: 0, stdout: printed, stderr: "" });
});

exampleTest("examples/get_lines.mjs", "deno", true, async (server) => {
  await inTemporaryDirectory(async (directory) => {
    const config = { imports: { ioredis: "npm:ioredis@6.0.0" } };
    await Deno.writeTextFile(`${directory}/deno.json`, JSON.stringify(config));
    const args = [
      "run",
      "--quiet",
      "--allow-all",
      "--config",
      `${directory}/deno.json`,
      "--no-lock",
    ];
    const address = ["examples/get_lines.mjs", "127.0.0.1", String(server.port)];
    const found = await run(Deno.execPath(), [...args, ...address, "3", "0"]);
    const printed = [
      `${LINES} lines`,
      `3: ${lineOf(3)}`,
      "0: (no such line)",
      `[ "${lineOf(LINES - 1)}", "${lineOf(LINES)}" ]`,
    ];
    assertEquals(found, { code: 0, stdout: `${printed.join("\n")}\n`, stderr: "" });
  });
});

exampleTest("examples/range.sh", "redis-cli", await hasProgram("redis-cli"), async (server) => {
  const address = ["examples/range.sh", "127.0.0.1", String(server.port)];
  const found = await run("bash", [...address, "3", "3"]);
  const printed = [1, 2, 3, 4, 5, 6].map((lineNumber) => `${lineOf(lineNumber)}\n`);
  assertEquals(found, { code: 0, stdout: printed.join(""), stderr: "" });
});

Deno.test("every example has at most 40 lines, and a test", async () => {
  const tested = [
    "dataset.py",
    "get_line.sh",
    "get_lines.mjs",
    "get_lines.py",
    "get_lines.ts",
    "range.sh",
    "socket_dataset.py",
  ];
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${PROJECT_ROOT}examples`)) {
    names.push(name);
    const text = await Deno.readTextFile(`${PROJECT_ROOT}examples/${name}`);
    assert(text.trimEnd().split("\n").length <= 40, name);
  }
  assertEquals(names.sort(), tested);
});
