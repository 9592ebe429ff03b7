import { assertEquals } from "@std/assert";
import type { Client } from "../support/e2e_client.ts";
import { PROGRAM, PROJECT_ROOT, type ServerProcess } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { until } from "../support/text_threads.ts";

// It has two workers, and accepts two connections at a time.
const MORTAL = {
  program: [...PROGRAM.slice(0, -1), `${PROJECT_ROOT}tests/support/mortal_program.ts`],
};
// It has no SIGUSR1.
const ignore = Deno.build.os === "windows";

/** Waits until a server has logged this about each of its two workers. */
async function loggedTwice(server: ServerProcess, message: string): Promise<void> {
  await until(() => server.errors.split(message).length - 1 === 2);
}

async function killWorkers(server: ServerProcess): Promise<void> {
  server.kill("SIGUSR1");
  await loggedTwice(server, "Its connections are lost. Starting another one.\n");
}

/** Connects and gets an answer. A worker that has just died may still have accepted others. */
async function answered(scene: Scene, server: ServerProcess): Promise<Client> {
  let client: Client | undefined;
  await until(async () => {
    try {
      client = await scene.connect(server);
      return (await client.ask("GET 2", 2)).join(" ") === "OK two";
    } catch (error) {
      if (isLost(error)) return false;
      throw error;
    }
  });
  return client!;
}

function isLost(error: unknown): boolean {
  return [Deno.errors.ConnectionRefused, Deno.errors.ConnectionReset, Deno.errors.BrokenPipe]
    .some((kind) => error instanceof kind);
}

sceneTest(
  "WorkerPool: workers that died serve again, and as many clients as before",
  async (scene) => {
    const server = await scene.serve(await scene.file("one\ntwo\n"), [], MORTAL);
    const lost = [await scene.connect(server), await scene.connect(server)];
    for (const client of lost) assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
    await killWorkers(server);
    for (const client of lost) assertEquals(await client.read(), null);

    const client = await answered(scene, server);
    await answered(scene, server);
    await client.send("SHUTDOWN\n");
    assertEquals((await server.ended()).code, 0, server.errors);
  },
  { ignore },
);

sceneTest(
  "WorkerPool: a server without workers serves again once they can be started",
  async (scene) => {
    const path = await scene.file("one\ntwo\n");
    const server = await scene.serve(path, [], MORTAL);
    await Deno.rename(`${path}.lineidx`, scene.path("away"));
    await killWorkers(server);
    await loggedTwice(server, "Cannot start a worker (");
    await Deno.rename(scene.path("away"), `${path}.lineidx`);
    await answered(scene, server);
  },
  { ignore },
);

sceneTest(
  "WorkerPool: workers that died after the file and its index have grown serve the same lines again",
  async (scene) => {
    const path = await scene.file("one\ntwo");
    const server = await scene.serve(path, [], MORTAL);
    await Deno.writeTextFile(path, "!\nthree\n", { append: true });
    assertEquals((await scene.run("index", path)).code, 0);
    await killWorkers(server);
    const client = await answered(scene, server);
    assertEquals(await client.ask("GET 3", 1), ["ERR"]);
  },
  { ignore },
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  sceneTest(
    `WorkerPool: ${signal} stops a server whose workers are all dead, exit code 0`,
    async (scene) => {
      const path = await scene.file("one\n");
      const server = await scene.serve(path, [], MORTAL);
      await Deno.remove(`${path}.lineidx`);
      await killWorkers(server);
      server.kill(signal);
      assertEquals((await server.ended()).code, 0, server.errors);
    },
    { ignore },
  );
}
