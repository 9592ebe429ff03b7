import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { ensureIndex } from "../../src/index/build/ensure_index.ts";
import { LineStore } from "../../src/lines/line_store.ts";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { Connection, type ConnectionOptions, READ_BYTES } from "../../src/server/connection.ts";
import { Pipeline } from "../../src/server/pipeline/pipeline.ts";
import { getAll, latin1, naiveLines, numberedLines, okReplies } from "../support/e2e_bytes.ts";
import { FakeSocket } from "../support/e2e_fake_socket.ts";
import { type Scene, sceneTest } from "../support/e2e_scene.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { isPending } from "../support/pending.ts";

interface Stage {
  readonly socket: FakeSocket;
  readonly connection: Connection;
  readonly store: LineStore;
  readonly textPath: string;
  readonly messages: string[];
}

async function stage(
  scene: Scene,
  text: string | Uint8Array,
  options: Partial<ConnectionOptions> = {},
): Promise<Stage> {
  const textPath = await scene.file(text);
  const indexPath = scene.path("index");
  await ensureIndex({ textPath, indexPath });
  const store = LineStore.open({ textPath, indexPath, cacheBytes: 1024 * 1024 });
  scene.onEnd(() => store.close());
  const socket = new FakeSocket();
  const messages: string[] = [];
  const connection = new Connection(socket, {
    store,
    protocols: [lineProtocol("lf")],
    pipeline: new Pipeline(),
    log: (message) => messages.push(message),
    ...options,
  });
  return { socket, connection, store, textPath, messages };
}

/** Lets everything happen that can happen without anything new from outside. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve));
}

/** Writes over what stands in a file; it is never shorter meanwhile. */
async function overwrite(path: string, content: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  const bytes = latin1(content);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/** Waits until the store has noticed that its text changed. */
async function noticed(store: LineStore): Promise<void> {
  for (;;) {
    try {
      store.guard.check();
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

sceneTest("a connection answers until the stream ends, and closes once", async (scene) => {
  const { socket, connection, messages } = await stage(scene, "one\ntwo\n");
  socket.arrive("GET 1\nGE", "T 2\nGET 3").end();
  await connection.run();
  assertEquals(socket.written, "OK\none\nOK\ntwo\nERR\n");
  assertEquals([socket.writeCloses, socket.closes], [0, 1]);
  assertEquals(messages, []);
  connection.close();
  assertEquals(socket.closes, 1);
});

sceneTest("a stream that ends before anything came is closed without a word", async (scene) => {
  const { socket, connection, messages } = await stage(scene, "one\n");
  await (socket.end(), connection.run());
  assertEquals([socket.written, socket.closes, messages.length], ["", 1, 0]);
});

sceneTest("writes that take a few bytes only are repeated", async (scene) => {
  const { socket, connection } = await stage(scene, "x".repeat(100_000) + "\ntwo\n");
  socket.writeMaxBytes = 777;
  socket.arrive("GET 1\nGET 2\n").end();
  await connection.run();
  assertEquals(socket.written, `OK\n${"x".repeat(100_000)}\nOK\ntwo\n`);
});

sceneTest("a connection reads no further while the client takes nothing", async (scene) => {
  const { socket, connection } = await stage(scene, "one\ntwo\n");
  socket.block();
  for (let i = 0; i < 100; i++) socket.arrive("GET 1\n".repeat(600));
  const running = connection.run();
  await socket.writing;
  await settle();
  // A chunk in the splitter, one in the router, one being sent, and one waiting to get in.
  assertLess(socket.reads, 8);
  socket.unblock();
  socket.end();
  await running;
  assertEquals(socket.written, "OK\none\n".repeat(60_000));
});

sceneTest(
  "replies that are being sent stay as they are, whatever comes behind them",
  async (scene) => {
    const { socket, connection, store } = await stage(scene, "one\ntwo\nsix\n");
    await store.locator.find([1]);
    // The end of the stream ends the last command.
    socket.block().arrive("GET 1\n", "GET 2\nGET 3").end();
    const running = connection.run();
    await socket.writing;
    await settle();
    socket.unblock();
    await running;
    assertEquals(socket.written, "OK\none\nOK\ntwo\nOK\nsix\n");
  },
);

sceneTest(
  "the last replies are sent as they are, though the stream has ended meanwhile",
  async (scene) => {
    const { socket, connection, store } = await stage(scene, "one\ntwo\n");
    await store.locator.find([1]);
    socket.block().arrive("GET 1\nGET 2").end();
    const running = connection.run();
    await socket.writing;
    await settle();
    socket.unblock();
    await running;
    assertEquals(socket.written, "OK\none\nOK\ntwo\n");
  },
);

for (const last of ["GET 1", "GET 2", "GET 1\n", "GET 2\n", "GET 2\nGET 1\n"]) {
  const what = `${JSON.stringify(last)} was the last that came`;
  sceneTest(`a socket that breaks ends the connection where ${what}`, async (scene) => {
    const { socket, connection, store } = await stage(scene, `one\n${"y".repeat(500_000)}\n`);
    await store.locator.find([1]);
    socket.block().arrive(`GET 1\n${last}`).end();
    const running = connection.run();
    await socket.writing;
    await settle();
    socket.writeError = new Deno.errors.ConnectionReset("reset");
    socket.unblock();
    await settle();
    assertEquals([await isPending(running), socket.closes], [false, 1]);
  });
}

sceneTest("bytes behind QUIT are read and thrown away until the client closes", async (scene) => {
  const { socket, connection } = await stage(scene, "one\n");
  socket.arrive("GET 1\nQUIT\n", "GET 1\n".repeat(600), "GET 1\n".repeat(600));
  const running = connection.run();
  await settle();
  assertEquals([socket.written, socket.writeCloses, socket.unread], ["OK\none\n", 1, 0]);
  socket.arrive("GET 1\n").end();
  await running;
  assertEquals([socket.written, socket.closes], ["OK\none\n", 1]);
});

sceneTest("a client that never closes after QUIT is closed all the same", async (scene) => {
  const { socket, connection } = await stage(scene, "one\n");
  socket.arrive("QUIT\n");
  await connection.run();
  assertEquals([socket.written, socket.writeCloses, socket.closes], ["", 1, 1]);
});

for (
  const error of [
    new Deno.errors.ConnectionReset("reset"),
    new Deno.errors.BrokenPipe("pipe"),
    new Deno.errors.TimedOut("time"),
  ]
) {
  sceneTest(`${error.name} ends the connection without a word`, async (scene) => {
    const reading = await stage(scene, "one\n");
    reading.socket.arrive("GET 1\nGE").fail(error);
    await reading.connection.run();
    assertEquals([reading.socket.closes, reading.messages], [1, []]);

    const writing = await stage(scene, "one\n");
    writing.socket.writeError = error;
    writing.socket.arrive("GET 1\n").end();
    await writing.connection.run();
    assertEquals([writing.socket.closes, writing.messages], [1, []]);

    const beginning = await stage(scene, "one\n");
    beginning.socket.fail(error);
    await beginning.connection.run();
    assertEquals([beginning.socket.closes, beginning.messages], [1, []]);
  });
}

sceneTest("what is no disconnect is told in one line", async (scene) => {
  const { socket, connection, messages } = await stage(scene, "one\n");
  socket.writeError = new Error("the moon is full");
  socket.arrive("GET 1\n").end();
  await connection.run();
  assertEquals(messages, ["Connection failed: the moon is full"]);
  assertEquals(socket.closes, 1);
});

sceneTest("close ends a connection that waits for its client", async (scene) => {
  const { socket, connection, messages } = await stage(scene, "one\n");
  const running = connection.run();
  await settle();
  connection.close();
  await running;

  const second = await stage(scene, "one\n");
  second.socket.arrive("GET 1\n");
  const secondRunning = second.connection.run();
  await settle();
  second.connection.close();
  await secondRunning;
  assertEquals([socket.closes, second.socket.closes], [1, 1]);
  assertEquals([...messages, ...second.messages], []);
});

sceneTest("close ends a connection that waits for a write", async (scene) => {
  const { socket, connection, messages } = await stage(scene, "x".repeat(1_000_000));
  socket.block().arrive("GET 1\n");
  const running = connection.run();
  await socket.writing;
  connection.close();
  await running;
  assertEquals([socket.closes, messages.length], [1, 0]);
});

sceneTest("closeIfIdle closes who is silent for longer than allowed", async (scene) => {
  const { socket, connection } = await stage(scene, "one\n");
  socket.arrive("GET 1\n");
  const running = connection.run();
  await settle();
  connection.closeIfIdle(60_000);
  assertEquals(socket.closes, 0);
  connection.closeIfIdle(-1);
  assertEquals(socket.closes, 1);
  await running;
});

sceneTest("drain lets what has arrived be answered, then ends", async (scene) => {
  const { socket, connection } = await stage(scene, numberedLines(600, 100));
  const full = "GET 1".padEnd(63) + "\n";
  assertEquals(READ_BYTES % full.length, 0);
  socket.block().arrive(full.repeat(3 * READ_BYTES / full.length) + "GET 2\n");
  const running = connection.run();
  await socket.writing;
  connection.drain();
  for (let i = 0; i < 10; i++) {
    connection.endIfDrained();
    await settle();
  }
  assertEquals(socket.closes, 0, "not ended while something is being sent");
  socket.unblock();
  await settle();
  const sweep = setInterval(() => connection.endIfDrained(), 1);
  await running;
  clearInterval(sweep);
  const line = naiveLines(latin1(numberedLines(2, 100)));
  const count = 3 * READ_BYTES / full.length;
  const expected = okReplies([...Array(count).fill(line[0]!), line[1]!]);
  assertEquals(socket.writtenBytes, expected);
});

sceneTest("how long a client took nothing counts from the draining on", async (scene) => {
  const { socket, connection } = await stage(scene, "one\n");
  using clock = new ManualClock();
  socket.block().arrive("GET 1\n");
  const running = connection.run();
  await socket.writing;
  connection.closeIfIdle(60_000);
  clock.nowMs += 20_000;
  connection.drain();
  connection.closeIfIdle(10_000);
  clock.nowMs += 9_999;
  connection.closeIfIdle(10_000);
  assertEquals(socket.closes, 0);
  clock.nowMs += 2;
  connection.closeIfIdle(10_000);
  assertEquals(socket.closes, 1);
  await running;
});

sceneTest("who goes on asking is not answered for ever once drain was called", async (scene) => {
  const { socket, connection } = await stage(scene, "one\n");
  socket.arrive("GET 1\n");
  const running = connection.run();
  await settle();
  connection.drain();
  // Whoever asks again as soon as the reply is there never makes a pause.
  for (let i = 0; i < 10; i++) {
    socket.arrive("GET 1\n");
    await settle();
  }
  // One read had begun before, and one more tells whether the client goes on.
  assertEquals(socket.written, "OK\none\n".repeat(3));
  socket.end();
  const sweep = setInterval(() => connection.endIfDrained(), 1);
  await running;
  clearInterval(sweep);
});

sceneTest("drain ends a client that never said anything", async (scene) => {
  const { socket, connection } = await stage(scene, "one\n");
  const running = connection.run();
  connection.drain();
  const sweep = setInterval(() => connection.endIfDrained(), 1);
  await running;
  clearInterval(sweep);
  assertEquals([socket.written, socket.closes], ["", 1]);
});

sceneTest("SHUTDOWN calls what ends the server, behind what is owed", async (scene) => {
  let calls = 0;
  const { socket, connection } = await stage(scene, "one\n", { shutDown: () => calls++ });
  socket.arrive("GET 1\nSHUTDOWN\nGET 1\nSHUTDOWN\n").end();
  await connection.run();
  assertEquals([socket.written, calls], ["OK\none\n", 1]);
});

sceneTest("a pipeline that fails ends its connection only, and is told of once", async (scene) => {
  const broken = () => {
    throw new Error("the splitter is broken");
  };
  for (const splitter of [{ split: broken, end: () => [] }, { split: () => [], end: broken }]) {
    const protocol = { ...lineProtocol("lf"), createSplitter: () => splitter };
    const { socket, connection, messages } = await stage(scene, "one\n", { protocols: [protocol] });
    socket.arrive("GET 1\n").end();
    await connection.run();
    assertEquals(messages, ["Connection failed: the splitter is broken"]);
    assertEquals([socket.written, socket.closes], ["", 1]);
  }
});

for (const before of [[], ["GET 1\n"]]) {
  const when = before.length === 0 ? "first" : "last";
  sceneTest(
    `a connection that is closed as its ${when} command, a QUIT, is read ends`,
    async (scene) => {
      const pipeline = new Pipeline();
      const { socket, connection } = await stage(scene, "one\n", { pipeline });
      const pass = pipeline.pass.bind(pipeline);
      let passes = 0;
      pipeline.pass = (exchange) => {
        // Otherwise it might go round for ever, and the test with it.
        if (++passes > 5) throw new Error("went round and round");
        return pass(exchange);
      };
      const read = socket.read.bind(socket);
      socket.read = async (into) => {
        const bytes = await read(into);
        if (into[0] === latin1("Q")[0]) connection.close();
        return bytes;
      };
      socket.arrive(...before, "QUIT\n").end();
      await connection.run();
      assertEquals([passes, socket.closes], [before.length + 1, 1]);
    },
  );
}

sceneTest("a first byte that no protocol accepts closes that connection", async (scene) => {
  const { socket, connection, messages } = await stage(scene, "one\n", {
    protocols: [{ ...lineProtocol("lf"), accepts: () => false }],
  });
  socket.arrive("x").end();
  await connection.run();
  assertEquals(socket.closes, 1);
  assertMatch(messages.join("\n"), /^Connection failed: No protocol accepts the first byte: 120$/);
});

sceneTest("the first byte chooses the protocol", async (scene) => {
  const other = { ...lineProtocol("crlf"), accepts: (byte: number) => byte === 0x67 };
  const protocols = [other, lineProtocol("lf")];
  for (
    const [command, reply] of [["get 1\n", "OK\r\none\r\n"], ["GET 1\n", "OK\none\n"]] as const
  ) {
    const { socket, connection } = await stage(scene, "one\n", { protocols });
    socket.arrive(command.slice(0, 1), command.slice(1)).end();
    await connection.run();
    assertEquals(socket.written, reply);
  }
});

sceneTest("a text cut off within a long line ends the connection, in one line", async (scene) => {
  const { socket, connection, textPath, messages } = await stage(scene, "y".repeat(2_000_000));
  socket.block().arrive("GET 1\nGET 1\n").end();
  const running = connection.run();
  await socket.writing;
  await Deno.truncate(textPath, 10);
  socket.unblock();
  await running;
  assertLess(socket.written.length, 2_000_003);
  assertMatch(socket.written, /^OK\ny*$/);
  assertMatch(
    messages.join("\n"),
    /^Closed a connection: Text (ends at byte \d+, not at 2000000|changed): [^\n]*$/,
  );
});

sceneTest(
  "a long line whose text changes while it is sent is not made up of two",
  async (scene) => {
    const { socket, connection, store, textPath } = await stage(scene, "y".repeat(2_000_000));
    socket.block().arrive("GET 1\n").end();
    const running = connection.run();
    await socket.writing;
    await overwrite(textPath, "z".repeat(2_000_000));
    await noticed(store);
    socket.unblock();
    await running;
    assertEquals(socket.written.match(/y+z/)?.[0].length, undefined, "one text joined to another");
  },
);

sceneTest(
  "lines that are read as they are sent are of the text that was indexed",
  async (scene) => {
    const text = numberedLines(64, 60_000);
    const { socket, connection, store, textPath } = await stage(scene, text);
    socket.block().arrive(getAll(64)).end();
    const running = connection.run();
    await socket.writing;
    await overwrite(textPath, text.replaceAll("line", "LINE"));
    await noticed(store);
    socket.unblock();
    await running;
    assert(socket.written.startsWith("OK\nline 1."));
    assertEquals(
      socket.written.match(/LINE \d+/)?.[0],
      undefined,
      "a line of another text was sent",
    );
  },
);
