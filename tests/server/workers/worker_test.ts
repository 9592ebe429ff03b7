import { assert, assertEquals } from "@std/assert";
import { ensureIndex } from "../../../src/index/build/ensure_index.ts";
import type { ServeOptions } from "../../../src/server/open_server.ts";
import type { FromWorker, ToWorker } from "../../../src/server/workers/worker_messages.ts";
import { Client } from "../../support/e2e_client.ts";
import { inTime } from "../../support/pending.ts";
import { serveOptionsIn } from "../../support/serve_options.ts";

/** A thread that runs the worker module. */
class RealWorker implements AsyncDisposable {
  readonly options: ServeOptions;
  readonly #directory: string;
  readonly #thread = new Worker(
    import.meta.resolve("../../../src/server/workers/worker.ts"),
    { type: "module" },
  );
  readonly #messages: FromWorker[] = [];
  #arrived = Promise.withResolvers<void>();

  private constructor(directory: string) {
    this.#directory = directory;
    this.options = serveOptionsIn(directory);
    this.#thread.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#messages.push(data);
      this.#arrived.resolve();
    };
  }

  static async create(): Promise<RealWorker> {
    const worker = new RealWorker(await Deno.makeTempDir({ prefix: "linesvr-test-" }));
    await Deno.writeTextFile(worker.options.files[0]!.textPath, "one\ntwo\n");
    await ensureIndex(worker.options.files[0]!);
    return worker;
  }

  post(message: ToWorker): void {
    this.#thread.postMessage(message);
  }

  async next(): Promise<FromWorker> {
    while (this.#messages.length === 0) {
      this.#arrived = Promise.withResolvers();
      await inTime(this.#arrived.promise);
    }
    return this.#messages.shift()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#thread.terminate();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

Deno.test("worker.ts serves, and ends after a client's SHUTDOWN", async () => {
  await using worker = await RealWorker.create();
  worker.post({ kind: "serve", options: worker.options });
  const listening = await worker.next();
  assert(listening.kind === "listening");
  using client = await Client.connect(listening.addresses[0]!.port);
  worker.post({ kind: "accept" });
  assertEquals(await client.ask("GET 2", 2), ["OK", "two"]);
  await client.send("SHUTDOWN\n");
  assertEquals(await worker.next(), { kind: "shuttingDown" });
  assertEquals(await worker.next(), { kind: "stoppedListening" });
  assertEquals(await client.read(), null);
  client.close();
  assertEquals(await worker.next(), { kind: "finished" });
});

Deno.test("worker.ts shuts down even if it is told to while it opens its files", async () => {
  await using worker = await RealWorker.create();
  worker.post({ kind: "serve", options: worker.options });
  worker.post({ kind: "shutdown" });
  const kinds: string[] = [];
  for (let i = 0; i < 4; i++) kinds.push((await worker.next()).kind);
  assertEquals(kinds, ["listening", "shuttingDown", "stoppedListening", "finished"]);
});

Deno.test("worker.ts says why it cannot serve", async () => {
  await using worker = await RealWorker.create();
  worker.post({
    kind: "serve",
    options: {
      ...worker.options,
      files: [{ ...worker.options.files[0]!, indexPath: "/nowhere/index" }],
    },
  });
  const refused = await worker.next();
  assert(refused.kind === "refused");
  assert(refused.message.includes("/nowhere/index"), refused.message);
});
