import { assert, assertEquals } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { PROJECT_ROOT } from "../../support/e2e_process.ts";

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, unknown>>;
}

async function readLock(path: string): Promise<Lock> {
  return JSON.parse(await Deno.readTextFile(PROJECT_ROOT + path));
}

Deno.test("deno task load downloads only the packages of tools/load, in the versions of the tests", async () => {
  assert(config.tasks.load.command.includes(" --lock=tools/load/deno.lock "));
  const own = await readLock("tools/load/deno.lock");
  const all = await readLock("tools/deno.lock");
  assertEquals(
    Object.keys(own.specifiers).sort(),
    Object.values(config.scopes["./tools/load/"]).sort(),
  );
  for (const [name, locked] of Object.entries(own.npm)) assertEquals(locked, all.npm[name], name);
});
