import { assertEquals } from "@std/assert";
import { Connection } from "../../../src/http/page/connection.js";
import { type FileInfo, RequestError } from "../../../src/http/page/server_api.js";

const INFO: FileInfo = {
  name: "a",
  lines: 1,
  bytes: 2,
  fingerprint: "aa",
  version: "0",
  fileCount: 1,
};

/** A connection whose clock and server are the test's. */
function createScene() {
  const states: string[] = [];
  const timers: { delayMs: number; run: () => void }[] = [];
  const scene = {
    states,
    timers,
    retries: 0,
    answer: (): Promise<FileInfo> => Promise.reject(new RequestError("lost", "refused")),
    /** Ends the last pause. */
    async elapse(): Promise<void> {
      timers.pop()!.run();
      for (let i = 0; i < 10; i++) await Promise.resolve();
    },
  };
  const connection = new Connection({
    fingerprint: "aa",
    fetchInfo: () => scene.answer(),
    onChange: ({ kind }) => states.push(kind),
    retry: () => scene.retries++,
    clock: { now: () => 0, after: (delayMs, run) => timers.push({ delayMs, run }) },
  });
  return { scene, connection };
}

Deno.test("Connection asks a lost server again after growing pauses, then retries once", async () => {
  const { scene, connection } = createScene();
  connection.failed(new RequestError("lost", "refused"));
  connection.failed(new RequestError("lost", "refused"));
  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    assertEquals(scene.timers.length, 1);
    pauses.push(scene.timers[0]!.delayMs);
    await scene.elapse();
  }
  assertEquals(pauses, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  scene.answer = () => Promise.resolve(INFO);
  await scene.elapse();
  assertEquals([scene.states.at(-1), scene.retries, scene.timers.length], ["ok", 1, 0]);
});

Deno.test("Connection tells that the file was replaced, for good", async () => {
  const { scene, connection } = createScene();
  scene.answer = () => Promise.resolve({ ...INFO, fingerprint: "bb" });
  connection.failed(new RequestError("missing", "HTTP status 404"));
  for (let i = 0; i < 10; i++) await Promise.resolve();
  connection.succeeded();
  connection.failed(new RequestError("lost", "refused"));
  assertEquals([scene.states, scene.timers.length], [["replaced"], 0]);
});

Deno.test("Connection reports a page that is missing from the same file as a failure", async () => {
  const { scene, connection } = createScene();
  scene.answer = () => Promise.resolve(INFO);
  connection.failed(new RequestError("missing", "HTTP status 404"));
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assertEquals(connection.state, { kind: "failed", reason: "HTTP status 404" });
});

Deno.test("Connection stays changed until lines are answered again", async () => {
  const { scene, connection } = createScene();
  scene.answer = () => Promise.resolve(INFO);
  connection.failed(new RequestError("changed", "The file has changed"));
  await scene.elapse();
  assertEquals([connection.state.kind, scene.retries], ["changed", 1]);
  connection.failed(new RequestError("changed", "The file has changed"));
  await scene.elapse();
  connection.succeeded();
  assertEquals(connection.state.kind, "ok");
});

Deno.test("Connection tells that the file has changed if a lost server comes back with that", async () => {
  const { scene, connection } = createScene();
  scene.answer = () => Promise.reject(new RequestError("changed", "The file has changed"));
  connection.failed(new RequestError("lost", "refused"));
  await scene.elapse();
  assertEquals(connection.state, { kind: "changed", reason: "The file has changed" });
  assertEquals(scene.timers.length, 1);
});
