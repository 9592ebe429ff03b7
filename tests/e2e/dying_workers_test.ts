import { assertEquals } from "@std/assert";
import type { Client } from "../support/e2e_client.ts";
import { PROGRAM, PROJECT_ROOT, type ServerProcess } from "../support/e2e_process.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { until } from "../support/text_threads.ts";

const MORTAL = {
  program: [...PROGRAM.slice(0, -1), `${PROJECT_ROOT}tests/support/mortal_program.ts`],
};
// Signals of one's own are not to be had there.
const ignore = Deno.build.os === "windows";

/** Waits until a server has said so once of each of its two workers. */
async function saidTwice(server: ServerProcess, what: string): Promise<void> {
  await until(() => server.errors.split(what).length - 1 === 2);
}

async function killWorkers(server: ServerProcess): Promise<void> {
  server.kill("SIGUSR1");
  await saidTwice(server, "its connections are lost, starting another\n");
}

/** Connects and is answered; a worker that has just died may still have accepted others. */
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

async function serveMortally(scene: Scene, textPath: string): Promise<ServerProcess> {
  const args = ["--quiet", "--workers", "2", "--max-connections", "2"];
  return await scene.serve(textPath, args, MORTAL);
}

sceneTest("workers that died serve again, and as many clients as before", async (scene) => {
  const server = await serveMortally(scene, await scene.file("one\ntwo\n"));
  const lost = [await scene.connect(server), await scene.connect(server)];
  for (const client of lost) assertEquals(await client.ask("GET 1", 2), ["OK", "one"]);
  await killWorkers(server);
  for (const client of lost) assertEquals(await client.read(), null);

  const client = await answered(scene, server);
  await answered(scene, server);
  await client.send("SHUTDOWN\n");
  assertEquals((await server.ended()).code, 0, server.errors);
}, { ignore });

sceneTest("a server without workers serves again as soon as they can be started", async (scene) => {
  const path = await scene.file("one\ntwo\n");
  const server = await serveMortally(scene, path);
  await Deno.rename(`${path}.lineidx`, scene.path("away"));
  await killWorkers(server);
  await saidTwice(server, ": trying again and again\n");
  await Deno.rename(scene.path("away"), `${path}.lineidx`);
  await answered(scene, server);
}, { ignore });

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  sceneTest(`${signal} ends a server all of whose workers are dead, exit code 0`, async (scene) => {
    const path = await scene.file("one\n");
    const server = await serveMortally(scene, path);
    await Deno.remove(`${path}.lineidx`);
    await killWorkers(server);
    server.kill(signal);
    assertEquals((await server.ended()).code, 0, server.errors);
  }, { ignore });
}
