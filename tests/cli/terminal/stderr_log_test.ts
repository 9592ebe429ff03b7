import { assertEquals } from "@std/assert";
import {
  type LogOutput,
  MessageLog,
  QUEUED_MESSAGES_MAX,
} from "../../../src/cli/terminal/stderr_log.ts";

/** Accepts writes as it is told to. */
class FakeOutput implements LogOutput {
  text = "";
  mode: "accept" | "fail" | "block" = "accept";
  /** How many bytes are accepted at a time. */
  chunkBytes = Infinity;
  #blocked: (() => void) | undefined;

  async write(bytes: Uint8Array): Promise<number> {
    if (this.mode === "block") await new Promise<void>((resolve) => this.#blocked = resolve);
    if (this.mode === "fail") throw new Deno.errors.WouldBlock();
    const accepted = bytes.subarray(0, this.chunkBytes);
    this.text += new TextDecoder().decode(accepted);
    return accepted.length;
  }

  /** Lets the write that blocks go on, and all later ones. */
  unblock(): void {
    this.mode = "accept";
    this.#blocked?.();
  }
}

function open(mode: FakeOutput["mode"] = "accept"): { log: MessageLog; output: FakeOutput } {
  const output = new FakeOutput();
  output.mode = mode;
  return { log: new MessageLog(output), output };
}

Deno.test("MessageLog.log() writes messages in order, one line each", async () => {
  const { log, output } = open();
  output.chunkBytes = 2;
  for (const message of ["one", "two\nlines\0", "", "ü"]) log.log(message);
  await log.flush();
  assertEquals(output.text, "one\ntwo?lines?\n\nü\n");
});

Deno.test("MessageLog.log() counts messages that cannot be written, and writes the count before the next one", async () => {
  const { log, output } = open("fail");
  for (const message of ["1", "2", "3"]) log.log(message);
  await log.flush();
  output.mode = "accept";
  for (const message of ["4", "5"]) log.log(message);
  await log.flush();
  assertEquals(
    output.text,
    "3 messages were dropped because standard error could not be written.\n4\n5\n",
  );
});

Deno.test("MessageLog.flush() writes the count of dropped messages if no message follows", async () => {
  const { log, output } = open("fail");
  log.log("1");
  await log.flush();
  output.mode = "accept";
  await log.flush();
  await log.flush();
  assertEquals(
    output.text,
    "1 message was dropped because standard error could not be written.\n",
  );
});

Deno.test("MessageLog.log() drops the oldest messages if too many wait", async () => {
  const { log, output } = open("block");
  const waiting = QUEUED_MESSAGES_MAX + 1_234;
  for (let i = 0; i <= waiting; i++) log.log(`${i}`);
  output.unblock();
  await log.flush();
  const lines = output.text.trimEnd().split("\n");
  assertEquals(lines.slice(0, 3), [
    "0",
    "1,234 messages were dropped because standard error could not be written.",
    "1235",
  ]);
  assertEquals(lines.at(-1), `${waiting}`);
  assertEquals(lines.length, QUEUED_MESSAGES_MAX + 2);
});

Deno.test("MessageLog.log() begins a new line after a message that was written in part", async () => {
  const { log, output } = open();
  output.chunkBytes = 3;
  log.log("abcdef");
  // The first three bytes are accepted at once.
  output.mode = "fail";
  await log.flush();
  output.mode = "accept";
  log.log("next");
  await log.flush();
  assertEquals(
    output.text,
    "abc\n1 message was dropped because standard error could not be written.\nnext\n",
  );
});

Deno.test("MessageLog.onDropped is called once for each message that is dropped", async () => {
  const { log, output } = open("block");
  let dropped = 0;
  log.onDropped = () => dropped++;
  for (let i = 0; i <= QUEUED_MESSAGES_MAX + 5; i++) log.log(`${i}`);
  log.draw("[-]");
  assertEquals(dropped, 6);
  output.unblock();
  await log.flush();
  assertEquals(dropped, 6);
});

Deno.test("MessageLog.flush() gives up after its timeout if a write blocks", async () => {
  const { log, output } = open("block");
  log.log("1");
  await log.flush(1);
  assertEquals(output.text, "");
  output.unblock();
  await log.flush();
  assertEquals(output.text, "1\n");
});

Deno.test("MessageLog.draw() replaces a drawing that waits, and counts no drawing as a message", async () => {
  const { log, output } = open("block");
  log.log("1");
  for (const bar of ["[-]", "[#]"]) log.draw(bar);
  output.unblock();
  await log.flush();
  assertEquals(output.text, "1\n[#]");
  output.mode = "fail";
  log.draw("[!]");
  await log.flush();
  output.mode = "accept";
  await log.flush();
  assertEquals(output.text, "1\n[#]");
});
