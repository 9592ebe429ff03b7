import { assertEquals } from "@std/assert";
import { latin1 } from "../support/e2e_bytes.ts";
import { PROGRAM, runProgram, startProgram } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";

/** `linesvr get FILE -`, whose numbers are written while its lines are read. */
class GetProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async start(scene: Scene, text: string): Promise<GetProcess> {
    const path = await scene.file(text);
    await scene.run("index", path);
    return new GetProcess(startProgram(["get", path, "-"], { stdin: "piped" }));
  }

  /** Writes numbers, and returns what is printed, of a known length. */
  async ask(numbers: string, expectedLength: number): Promise<string> {
    await this.#writer.write(latin1(numbers));
    let printed = "";
    while (printed.length < expectedLength) printed += (await this.#reader.read()).value ?? "\0";
    return printed;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends the input; returns what is printed then, the messages and the exit code. */
  async end(numbers = ""): Promise<[printed: string, messages: string, code: number]> {
    await this.#writer.write(latin1(numbers));
    await this.closeInput();
    return await this.ended();
  }

  /** Ends the input; the program may have ended already. */
  async closeInput(): Promise<void> {
    await this.#writer.close();
  }

  /** Waits for the end of the program; returns what is printed then, the messages and the exit code. */
  async ended(): Promise<[printed: string, messages: string, code: number]> {
    let printed = "";
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      printed += value;
    }
    const messages = await new Response(this.#child.stderr).text();
    return [printed, messages, (await this.#child.status).code];
  }
}

sceneTest("get FILE - prints lines as their numbers are written", async (scene) => {
  const get = await GetProcess.start(scene, "one\ntwo\nthree\n");
  assertEquals(await get.ask("2\n", 4), "two\n");
  assertEquals(await get.ask("3 1-2\n", 14), "three\none\ntwo\n");
  assertEquals(await get.end("-1"), ["three\n", "", 0]);
});

sceneTest("get FILE - ends with the line of the input if a word is no number", async (scene) => {
  const get = await GetProcess.start(scene, "one\ntwo\nthree\n");
  assertEquals(await get.end("1\n2 x 3\n"), [
    "one\ntwo\n",
    "linesvr: Not a line number: x (line 2 of standard input).\n",
    1,
  ]);
});

sceneTest("get FILE - ends with one line if standard input cannot be read", async (scene) => {
  const path = await scene.file("one\n");
  await scene.run("index", path);
  const { code, stderr } = await runProgram(["get", path, "1", "-"], {
    program: ["bash", "-c", 'exec "$0" "$@" </', ...PROGRAM],
  });
  assertEquals([code, stderr], [1, "linesvr: Cannot read standard input (is a directory).\n"]);
}, { ignore: Deno.build.os !== "linux" });

sceneTest("get ends on SIGINT and SIGTERM with one line, and exit code 1", async (scene) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const get = await GetProcess.start(scene, "one\ntwo\n");
    assertEquals(await get.ask("1\n", 4), "one\n");
    get.kill(signal);
    const messages = "linesvr: Interrupted. Lines may be missing.\n";
    assertEquals(await get.ended(), ["", messages, 1]);
    await get.closeInput();
  }
}, { ignore: Deno.build.os === "windows" });

sceneTest("get whose standard error is no terminal ignores SIGHUP", async (scene) => {
  const get = await GetProcess.start(scene, "one\ntwo\n");
  assertEquals(await get.ask("1\n", 4), "one\n");
  get.kill("SIGHUP");
  assertEquals(await get.ask("2\n", 4), "two\n");
  assertEquals(await get.end(), ["", "", 0]);
}, { ignore: Deno.build.os === "windows" });
