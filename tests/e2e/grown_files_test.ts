import { assert, assertEquals, assertMatch } from "@std/assert";
import { WHOLLY_HASHED_MAX_BYTES } from "../../src/source/fingerprint.ts";
import { asText, numberedLines } from "../support/e2e_bytes.ts";
import { runProgram, ServerProcess } from "../support/e2e_process.ts";
import { sceneTest } from "../support/e2e_scene.ts";
import { CAN_MOUNT, NEEDS_MOUNT, withSmallDisk } from "../support/index_small_disk.ts";

const LINES = Math.ceil(WHOLLY_HASHED_MAX_BYTES / 8);

/** A text of lines of eight bytes that is not hashed whole. */
function largeText(): string {
  return Array.from({ length: LINES + 1 }, (_, i) => `${1_000_000 + i}\n`).join("");
}

for (const workers of ["1", "2"]) {
  sceneTest(
    `serve, ${workers} workers: a file that is appended to all the time keeps its lines`,
    async (scene) => {
      const path = await scene.file(`${numberedLines(1_000)}unfinished`);
      let isOver = false;
      const append = async () => {
        while (!isOver) {
          await Deno.writeTextFile(path, "!\nmore", { append: true });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      };
      const appending = append();
      try {
        const server = await scene.serve(path, ["--workers", workers]);
        const client = await scene.connect(server);
        const size = (await Deno.stat(path)).size;
        while ((await Deno.stat(path)).size < size + 600) {
          assertEquals(await client.ask("GET 7", 2), ["OK", "line 7"]);
          assertEquals(await client.ask("GET 1000", 2), ["OK", "line 1000"]);
          assertMatch((await client.ask("GET 1001", 2))[1]!, /^unfinished!?$/);
          assertEquals(await client.ask("GET 99999999", 1), ["ERR"]);
        }
      } finally {
        isOver = true;
        await appending;
      }
      const { code, stdout } = await scene.run("get", path, "1001");
      assertEquals([code, asText(stdout)], [0, "unfinished!\n"]);
    },
  );
}

sceneTest(
  "serve, get and index of a large file that was edited in place return no wrong line",
  async (scene) => {
    const text = largeText();
    const path = await scene.file(text);
    await Deno.utime(path, 1000, 1000);
    assertEquals((await scene.run("index", path)).code, 0);
    // The lines between the two edits, outside the hashed blocks, would come one off: 1001100 loses its end, 1001400 gets one within.
    const edited = text.replace("1001100\n", "1001100 ").replace("1001400\n", "100\n400\n");
    assertEquals(edited.length, text.length);
    const lines = edited.split("\n");
    for (const command of ["get", "serve", "index"]) {
      // The old index again, of the old content.
      await Deno.writeTextFile(path, text);
      await Deno.utime(path, 1000, 1000);
      assertEquals((await scene.run("index", path, "--force")).code, 0);
      await Deno.writeTextFile(path, edited);
      if (command === "serve") {
        const client = await scene.connect(await scene.serve(path));
        for (const n of [1101, 1102, 1250, 1400]) {
          assertEquals(await client.ask(`GET ${n}`, 2), ["OK", lines[n - 1]!]);
        }
        continue;
      }
      const first = await scene.run(command, path, ...(command === "get" ? ["1250"] : []));
      assertMatch(first.stderr, /^comparing the file with .*: the modification time has changed\n/);
      assertMatch(first.stderr, /\nbuilding index .*: line 1101 ends at byte /);
      const { stdout, stderr } = await scene.run("get", path, "1250");
      assertEquals([asText(stdout), stderr], [`${lines[1249]}\n`, ""]);
    }
  },
);

sceneTest(
  "get --trust-index of a large file that was touched does not compare it",
  async (scene) => {
    const path = await scene.file(largeText());
    await Deno.utime(path, 1000, 1000);
    assertEquals((await scene.run("index", path)).code, 0);
    await Deno.utime(path, 2000, 2000);
    const trusted = await scene.run("get", path, "2", "--trust-index");
    assertEquals([trusted.code, asText(trusted.stdout), trusted.stderr], [0, "1000001\n", ""]);
    assertMatch((await scene.run("get", path, "2")).stderr, /: no differences\n$/);
    assertEquals((await scene.run("get", path, "2")).stderr, "");
  },
);

Deno.test({
  name: `get and index of a file with a time that JavaScript cannot represent work${NEEDS_MOUNT}`,
  ignore: !CAN_MOUNT,
  fn: async () => {
    // A tmpfs stores times that most disks do not.
    await withSmallDisk(64 * 1024 * 1024, async (directory) => {
      const path = `${directory}/text`;
      for (const [text, line] of [["a\nb\n", "b"], [largeText(), "1000001"]] as const) {
        await Deno.writeTextFile(path, text);
        for (const time of ["@9000000000000", "@-9000000000000"]) {
          const { success } = await new Deno.Command("touch", { args: ["-d", time, path] })
            .output();
          assert(success);
          assert(Number.isNaN(Deno.statSync(path).mtime?.getTime()));
          for (let i = 0; i < 2; i++) {
            const { code, stdout } = await runProgram(["get", path, "2"]);
            assertEquals([code, asText(stdout)], [0, `${line}\n`]);
          }
          assertEquals((await runProgram(["index", path])).code, 0);
          await using server = await ServerProcess.start(path);
          server.kill("SIGTERM");
          assertEquals((await server.ended()).code, 0);
        }
      }
    });
  },
});
