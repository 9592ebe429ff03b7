import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { compressCommand } from "../../src/cli/commands/compress_command.ts";
import { countCommand } from "../../src/cli/commands/count_command.ts";
import { getCommand } from "../../src/cli/commands/get_command.ts";
import { indexCommand } from "../../src/cli/commands/index_command.ts";
import { machineMemoryBytes } from "../../src/cli/commands/machine_memory.ts";
import { formatSize } from "../../src/cli/units.ts";
import { serveCommand } from "../../src/cli/commands/serve_command.ts";
import { type Subcommand, UsageError } from "../../src/cli/subcommand.ts";
import { verifyCommand } from "../../src/cli/commands/verify_command.ts";
import { runCommand } from "../support/commands.ts";
import { ObjectServer } from "../support/remote_server.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  index: indexCommand,
  serve: serveCommand,
  get: getCommand,
  count: countCommand,
  verify: verifyCommand,
  compress: compressCommand,
};

/** Wrong command lines, where `F` is a file, and what each error says. */
const WRONG: readonly (readonly [string, string])[] = [
  ["index", 'Missing argument: FILE. See "linesvr index --help".'],
  ["serve", 'Missing argument: FILE. See "linesvr serve --help".'],
  ["get", 'Missing argument: FILE. See "linesvr get --help".'],
  ["get F", 'Missing argument: N. See "linesvr get --help".'],
  ["verify", 'Missing argument: FILE. See "linesvr verify --help".'],
  ["compress", 'Missing argument: FILE. See "linesvr compress --help".'],
  ["compress F -o", '--output needs a value. See "linesvr compress --help".'],
  ["compress F -o a --output b", '--output is given twice. See "linesvr compress --help".'],
  ["compress F --level 0", "--level must be an integer from 1 to 22, not 0."],
  ["compress F --level 23", "--level must be an integer from 1 to 22, not 23."],
  ["compress F --frame 1000", "--frame must be a size from 1.0 KiB to 16.0 MiB, not 1000."],
  ["compress F --frame 17M", "--frame must be a size from 1.0 KiB to 16.0 MiB, not 17M."],
  [
    "compress s3://bucket/key",
    "Cannot compress file: s3://bucket/key (not a local file). " +
    'Pipe its content to "linesvr compress - -o FILE.zst".',
  ],
  [
    "compress F -o s3://bucket/key",
    "Cannot write file: s3://bucket/key (not a local file). Choose another path with -o.",
  ],
  [
    "compress FILE -o -",
    "Cannot write to standard output (the index is written next to the file). Choose a path with -o.",
  ],
  ["compress -", "No default path for the output of -. Choose a path with -o."],
  [
    "compress /dev/stdin",
    "No default path for the output of /dev/stdin. Choose a path with -o.",
  ],
  [
    "compress http://me:secret@host/a?token=secret",
    'Cannot compress file: http://host/a (not a local file). Pipe its content to "linesvr compress - -o FILE.zst".',
  ],
  ["count", 'Missing argument: FILE. See "linesvr count --help".'],
  [
    "count @http://me:secret@host/list?token=secret",
    "Cannot read list: http://host/list (not a local file). Copy it to a disk first.",
  ],
  [
    "index http://me:secret@host/1/a?token=secret http://me:secret@host/2/a --index /tmp",
    "Two files with one name: http://host/1/a and http://host/2/a. " +
    "Leave out --index, or rename one of them.",
  ],
  [
    "serve F F --index none",
    "Not a directory: none. Create it, or choose an existing directory with --index.",
  ],
  ["index F --what", 'Unknown option: --what. See "linesvr index --help".'],
  ["serve F --what x", 'Unknown option: --what. See "linesvr serve --help".'],
  ["get F 1 -x", 'Unknown option: -x. See "linesvr get --help".'],
  ["serve F --cache 12XB", "--cache must be a size such as 64KiB, 10M or 1GiB, not 12XB."],
  [
    "serve F --cache 8000T",
    `--cache is 8,000.0 TiB, but this machine has ${
      formatSize(machineMemoryBytes()!)
    } of memory. Choose a smaller --cache.`,
  ],
  ["serve F --port abc", "--port must be an integer from 0 to 65,535, not abc."],
  ["serve F --port 70000", "--port must be an integer from 0 to 65,535, not 70000."],
  ["serve F --port -1", "--port must be an integer from 0 to 65,535, not -1."],
  ["serve F --port", '--port needs a value. See "linesvr serve --help".'],
  [
    "serve F --idle-timeout 5x",
    "--idle-timeout must be a duration such as 500ms, 30s, 5m or 1h, at most 24 days, not 5x.",
  ],
  [
    "serve F --idle-timeout 5",
    "--idle-timeout must be a duration such as 500ms, 30s, 5m or 1h, at most 24 days, not 5.",
  ],
  [
    "serve F --max-connections 0",
    "--max-connections must be an integer from 1 to 1,000,000, not 0.",
  ],
  ["serve F --workers 0", "--workers must be an integer from 1 to 256, not 0."],
  ["serve F --workers 257", "--workers must be an integer from 1 to 256, not 257."],
  ["serve F --eol cr", "--eol must be lf, crlf or crlf-status, not cr."],
  ["serve F --http 10497", "--http and --port must be different ports, not both 10497."],
  ["serve F --on-change reload", "--on-change must be refuse or exit, not reload."],
  ["serve F --shutdown me", "--shutdown must be loopback, any or off, not me."],
  ["index F --lines-per-page 0", "--lines-per-page must be an integer from 1 to 65,536, not 0."],
  [
    "index F --lines-per-page 65537",
    "--lines-per-page must be an integer from 1 to 65,536, not 65537.",
  ],
  ["index F --lines-per-page x", "--lines-per-page must be an integer from 1 to 65,536, not x."],
  [
    "get F abc",
    'Not a line number: abc. For several files, write @LIST: see "linesvr get --help".',
  ],
  [
    "get F 1.5",
    'Not a line number: 1.5. For several files, write @LIST: see "linesvr get --help".',
  ],
  [
    "get F 1e3",
    'Not a line number: 1e3. For several files, write @LIST: see "linesvr get --help".',
  ],
  [
    "get F 1 2- x",
    'Not a line number: x. For several files, write @LIST: see "linesvr get --help".',
  ],
  [
    "get F 1-2-3",
    'Not a line number: 1-2-3. For several files, write @LIST: see "linesvr get --help".',
  ],
  ["get F - 1 -", "- is given twice. Standard input can be read only once."],
];

Deno.test("every subcommand rejects a wrong command line with a UsageError, and begins nothing", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/text.txt`;
    await Deno.writeTextFile(path, "one\n");
    for (const [commandLine, message] of WRONG) {
      const [name, ...args] = commandLine.split(" ");
      const words = args.map((word) => word === "F" ? path : word);
      const error = await assertRejects(() => SUBCOMMANDS[name!]!.run(words), UsageError);
      assertEquals(error.message, message, commandLine);
    }
    const error = await assertRejects(() => getCommand.run([path, ""]), UsageError);
    assertEquals(
      error.message,
      'Not a line number: . For several files, write @LIST: see "linesvr get --help".',
    );
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name), ["text.txt"]);
  });
});

Deno.test("every subcommand's help begins with its usage, and names each of its options", () => {
  const flags: Readonly<Record<string, readonly string[]>> = {
    index: [
      "--index PATH",
      "--lines-per-page N",
      "--force",
      "--trust-index",
      "--raw",
      "--quiet",
      "--help",
    ],
    get: ["--index PATH", "--trust-index", "--raw", "--quiet", "--help"],
    count: ["--index PATH", "--trust-index", "--raw", "--quiet", "--help"],
    verify: ["--index PATH", "--raw", "--quiet", "--help"],
    compress: [
      "--output PATH",
      "--level N",
      "--frame SIZE",
      "--force",
      "--raw",
      "--quiet",
      "--help",
    ],
    serve: [
      "--index PATH",
      "--host H",
      "--port P",
      "--http HOST:PORT",
      "--cors ORIGIN",
      "--allow-host NAME",
      "--workers N",
      "--cache SIZE",
      "--max-connections N",
      "--idle-timeout D",
      "--drain-timeout D",
      "--on-change WHAT",
      "--eol EOL",
      "--shutdown WHO",
      "--trust-index",
      "--raw",
      "--quiet",
      "--help",
    ],
  };
  for (const [name, { help }] of Object.entries(SUBCOMMANDS)) {
    assertMatch(help, new RegExp(`^Usage: linesvr ${name} FILE`));
    const named = Array.from(
      help.matchAll(/^ {2}(--\S+(?: \S+)?)(?: {2,}|$)/gm),
      ([, flag]) => flag!,
    );
    assertEquals(named, flags[name]);
    for (const line of help.split("\n")) assertEquals(line.length <= 110, true, line);
  }
});

Deno.test("linesvr shows no password or token of a URL that it does not understand, or whose index is fresh", async () => {
  await using server = new ObjectServer();
  await inTemporaryDirectory(async (directory) => {
    server.put("/text", new TextEncoder().encode("one\n"));
    await Deno.writeTextFile(`${directory}/text`, "one\n");
    await indexCommand.run([`${directory}/text`, "--quiet"]);
    server.put("/text.lineidx", await Deno.readFile(`${directory}/text.lineidx`));
    const url = server.url("/text?token=SECRET").replace("://", "://me:SECRET@");
    const commandLines = [[url], ["get", url, url], ["index", url, "--trust-index"]];
    for (const args of commandLines) {
      const { stderr } = await runCommand(Deno.execPath(), [
        "run",
        "--quiet",
        "--no-check",
        "--allow-all",
        "main.ts",
        ...args,
      ]);
      assertStringIncludes(stderr, server.url("/text"));
      assertEquals(stderr.includes("SECRET"), false, stderr);
    }
  });
});
