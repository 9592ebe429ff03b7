/**
 * The program as it is, whose workers can be killed: `SIGUSR1` kills all that were started up to then.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";

const alive: Worker[] = [];

globalThis.Worker = class extends Worker {
  constructor(_asked: string | URL, options?: WorkerOptions) {
    super(import.meta.resolve("./mortal_worker.ts"), options);
    alive.push(this);
  }
};

Deno.addSignalListener("SIGUSR1", () => {
  for (const worker of alive.splice(0)) worker.postMessage("die");
});

Deno.exit(await run(Deno.args));
