import { assert, assertEquals } from "@std/assert";
import { Client } from "../support/e2e_client.ts";
import { startProgram } from "../support/e2e_process.ts";
import { sceneTest } from "../support/e2e_scene.ts";

/** How long after the first server the second one is started, in milliseconds. */
const GAPS_MS = [0, 150, 350];

interface Competitor {
  readonly line: string;
  readonly child: Deno.ChildProcess;
  readonly output: Promise<Deno.CommandOutput>;
}

function compete(line: string, textPath: string, port: number, workers: number): Competitor {
  const args = ["serve", textPath, "--port", `${port}`, "--workers", `${workers}`, "--quiet"];
  const child = startProgram(args);
  return { line, child, output: child.output() };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

for (const workers of [1, 2]) {
  sceneTest(
    `serve with ${workers} workers fails if another server is starting on its port`,
    async (scene) => {
      const paths = [await scene.file("first\n", "a"), await scene.file("second\n", "b")] as const;
      for (const path of paths) assertEquals((await scene.run("index", path, "--quiet")).code, 0);
      for (const gapMs of GAPS_MS) {
        const port = freePort();
        const first = compete("first", paths[0], port, workers);
        await new Promise((resolve) => setTimeout(resolve, gapMs));
        const second = compete("second", paths[1], port, workers);
        const ended = await Promise.race(
          [first, second].map((one) => one.output.then((output) => ({ one, output }))),
        );
        const stderr = new TextDecoder().decode(ended.output.stderr);
        assertEquals([ended.output.code, ended.output.stdout.length], [1, 0], stderr);
        assert(stderr.startsWith(`linesvr: Cannot listen on 127.0.0.1:${port} (`), stderr);

        const winner = ended.one === first ? second : first;
        const client = await connectSoon(port);
        assertEquals(await client.ask("GET 1", 2), ["OK", winner.line]);
        await client.send("SHUTDOWN\n");
        assertEquals(await client.read(), null);
        client.close();
        const { code, stdout } = await winner.output;
        assertEquals([code, new TextDecoder().decode(stdout)], [
          0,
          `listening on 127.0.0.1:${port}\n`,
        ]);
      }
    },
  );
}

/** Connects as soon as the server listens. */
async function connectSoon(port: number): Promise<Client> {
  for (;;) {
    try {
      return await Client.connect(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
