import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { LineClient } from "../../src/client/mod.ts";
import { latin1, naiveLines } from "../support/e2e_bytes.ts";
import { PROJECT_ROOT, runProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { until } from "../support/text_threads.ts";

const MIB = 1024 * 1024;

/** The lines of a file that is large enough to be indexed by several threads, on several processors. */
class LargeText {
  readonly path: string;
  /** The lines that the file repeats. */
  readonly #lines: readonly Uint8Array[];
  readonly #times: number;

  private constructor(path: string, lines: readonly Uint8Array[], times: number) {
    this.path = path;
    this.#lines = lines;
    this.#times = times;
  }

  static async write(scene: Scene): Promise<LargeText> {
    const lines = Array.from({ length: 9_999 }, (_, i) => `${i}`.padEnd(i % 200, "-") + "\n");
    const part = latin1(lines.join(""));
    const times = Math.ceil(66 * MIB / part.length);
    const path = scene.path("large.txt");
    using file = await Deno.open(path, { write: true, createNew: true });
    for (let i = 0; i < times; i++) {
      for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
    }
    return new LargeText(path, naiveLines(part), times);
  }

  get lines(): number {
    return this.#lines.length * this.#times;
  }

  line(number: number): Uint8Array {
    return this.#lines[(number - 1) % this.#lines.length]!;
  }
}

/** How a task of `deno.json` starts the program, without the subcommand at its end. */
function programOf(task: "index" | "verify"): string[] {
  const [, ...words] = config.tasks[task].command.split(" ");
  assertEquals(words.pop(), task);
  return [Deno.execPath(), ...words];
}

sceneTest(
  "index, verify and serve of a large file, with the permissions of their tasks",
  async (scene) => {
    const text = await LargeText.write(scene);
    const indexed = await runProgram(["index", text.path], { program: programOf("index") });
    assertEquals(indexed.code, 0, indexed.stderr);
    assertMatch(
      indexed.stderr,
      new RegExp(`^building index [^\\n]+\\nindexed ${text.lines.toLocaleString("en")} lines`),
    );
    const verified = await runProgram(["verify", text.path], { program: programOf("verify") });
    assertEquals(verified.code, 0, verified.stderr);
    assertMatch(verified.stderr, new RegExp(`^verified ${text.lines.toLocaleString("en")} lines`));
    const numbers = [1, 2, 5_000, Math.floor(text.lines / 2), text.lines - 1, text.lines];
    const server = await scene.serve(text.path);
    await using client = await LineClient.connect({ port: server.port });
    const got = await Array.fromAsync(client.getAll(numbers));
    assertEquals<unknown>(got, numbers.map((number) => text.line(number)));
  },
);

/** How many bytes a process has read so far. */
function bytesReadBy(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/io`))![1]);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  sceneTest(
    `index: ${signal} ends it, and leaves no file behind`,
    async (scene) => {
      const path = await scene.file("");
      // Takes no space on the disk, and more time than the signal on every machine.
      await Deno.truncate(path, 16 * 1024 * MIB);
      const [program, ...args] = [...programOf("index"), "index", path];
      await using child = new Deno.Command(program!, {
        args,
        cwd: PROJECT_ROOT,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
        env: { NO_COLOR: "1" },
      }).spawn();
      const errors = new Response(child.stderr).text();
      await until(() => bytesReadBy(child.pid) > 200 * MIB);
      child.kill(signal);
      assertMatch(
        await errors,
        /^building index [^\n]+\nlinesvr: Interrupted\. No new index was written\.\n$/,
      );
      assertEquals((await child.status).code, 1);
      assertEquals([...Deno.readDirSync(scene.directory)].map(({ name }) => name), ["text.txt"]);
    },
    { ignore: Deno.build.os !== "linux" },
  );
}
