import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import type { Client } from "../support/e2e_client.ts";
import { PROGRAM, runProgram } from "../support/e2e_process.ts";
import { sceneTest } from "../support/e2e_scene.ts";
import { until } from "../support/text_threads.ts";

const OPEN_FILES_MAX = 40;
const LIMITED = ["bash", "-c", `ulimit -n ${OPEN_FILES_MAX}; exec "$0" "$@"`, ...PROGRAM];
// More than the limit, and fewer than the operating system lets wait.
const CLIENTS = 100;

const ignore = Deno.build.os !== "linux";

sceneTest(
  "serve with a limit of open files that is too low for its workers is one line, and exit code 1",
  async (scene) => {
    const path = await scene.file("one\n");
    await scene.run("index", path);
    const args = ["serve", path, "--port", "0", "--workers", "8"];
    const { code, stderr } = await runProgram(args, { program: LIMITED });
    assertEquals(
      [code, stderr],
      [
        1,
        "linesvr: Cannot start 8 workers (too many open files). Raise the limit of open files (ulimit -n).\n",
      ],
    );
  },
  { ignore },
);

sceneTest(
  "serve survives a lack of open files, and serves every client in the end",
  async (scene) => {
    const server = await scene.serve(await scene.file("one\ntwo\n"), ["--workers", "1"], {
      program: LIMITED,
    });
    const clients: Client[] = [];
    const events: string[] = [];
    const answers: Promise<void>[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      const client = await scene.connect(server);
      clients.push(client);
      const note = (reply: string[]) => void events.push(reply.join());
      answers.push(client.ask("GET 2", 2).then(note));
    }
    await until(() => server.errors.includes("Cannot accept a connection (too many open files). "));
    assertStringIncludes(server.errors, "a higher limit of open files: ulimit -n, or LimitNOFILE");
    // Those that were accepted are served as before.
    await answers[0];
    assertEquals(await clients[0]!.ask("GET 1", 2), ["OK", "one"]);
    const served = events.length;
    assertGreater(CLIENTS, served);

    // Each client that was served leaves, and makes room for another one.
    for (const [i, client] of clients.entries()) {
      await answers[i];
      client.close();
    }
    assertEquals(events.filter((event) => event === "OK,two").length, CLIENTS);
    const last = await scene.connect(server);
    assertEquals(await last.ask("GET 1", 2), ["OK", "one"]);
    last.close();
    server.kill("SIGTERM");
    assertEquals((await server.ended()).code, 0, server.errors);
  },
  { ignore },
);
