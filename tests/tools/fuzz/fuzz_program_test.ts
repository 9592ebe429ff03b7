import { assertEquals, assertMatch } from "@std/assert";

const PROGRAM = new URL("../../../tools/fuzz.ts", import.meta.url).pathname;

async function fuzz(...args: string[]) {
  const command = ["run", "--allow-all", PROGRAM, ...args];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: command })
    .output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

Deno.test("fuzz --minutes 0 --seed 1 runs one round, and finds no difference", async () => {
  const { code, stdout } = await fuzz("--minutes", "0", "--seed", "1");
  assertMatch(stdout, /^0 differences in 1 round, [\d,]+ bytes compared \(first seed: 1\)\n$/);
  assertEquals(code, 0);
});

Deno.test("fuzz --seed x exits with code 2 and one line", async () => {
  const { code, stderr } = await fuzz("--seed", "x");
  assertMatch(stderr, /^fuzz: --seed must be an integer .*\n$/);
  assertEquals(code, 2);
});
