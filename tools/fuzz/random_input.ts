import { asLatin1 } from "./model.ts";
import type { Random } from "./random.ts";

// Some files are larger than what is hashed completely: 4 MiB.
const LARGE_LINES = 120_000;
const LARGE_LINE_BYTES = 60;

/** A random file, one character for each byte. */
export function randomFile(random: Random): string {
  if (random.chance(0.1)) return randomLines(random, LARGE_LINES, LARGE_LINE_BYTES);
  const longest = random.pick([0, 3, 100, 100, 2_000, 20_000, 70_000, 300_000]);
  const linesMax = Math.min(20_000, Math.floor(1_000_000 / (longest + 1)) + 2);
  return randomLines(random, random.magnitude(0, linesMax), longest);
}

/** Bytes to append to a file. */
export function randomAppendix(random: Random): string {
  return randomLines(random, random.magnitude(1, 5_000), random.pick([0, 10, 200]));
}

function randomLines(random: Random, count: number, longest: number): string {
  const terminator = random.pick(["\n", "\n", "\r\n", "mixed"]);
  const filler = asLatin1(random.bytes(longest + 64)).replaceAll("\n", "n");
  const lines = Array.from({ length: count }, (_, i) => {
    const length = random.chance(0.05) ? longest : random.magnitude(0, Math.min(longest, 300));
    const start = random.integer(0, 63);
    const content = `${i}:${filler.slice(start, start + length)}`.slice(0, length);
    return content + (terminator === "mixed" ? random.pick(["\n", "\r\n"]) : terminator);
  });
  const all = lines.join("");
  return random.chance(0.3) ? all.slice(0, -1) : all;
}

/** Random commands, one character for each byte. The last one may lack its terminator. */
export function randomCommands(random: Random, lineCount: number): string {
  const validShare = random.pick([0.3, 0.9, 1, 1]);
  let commands = "";
  for (let left = random.magnitude(1, 3_000); left > 0; left--) {
    const command = random.chance(validShare)
      ? `GET ${random.integer(0, lineCount + 1)}`
      : randomOddCommand(random, lineCount);
    commands += command + random.pick(["\n", "\n", "\n", "\r\n"]);
  }
  return random.chance(0.2) ? commands.slice(0, -random.integer(1, 3)) : commands;
}

function randomOddCommand(random: Random, lineCount: number): string {
  const number = random.integer(1, lineCount + 1);
  const around = random.integer(1_015, 1_030);
  return random.pick([
    () => "",
    () => "GET",
    () => "COUNT",
    () => `RANGE ${randomRange(random, lineCount).join(" ")}`,
    () => `mget ${randomNumbers(random, lineCount).join(" ")}`,
    () => "RANGE 1",
    () => `MGET ${number} x`,
    () => `get ${number} please`,
    () => ` \t\v\f\rGeT\t+${number} `,
    () => `GET 000${number}`,
    () => `GET -${number}`,
    () => `GET ${number}.0`,
    () => `GET ${"9".repeat(random.integer(15, 400))}`,
    () => `GET ${number}${" ".repeat(around)}`.slice(0, around),
    () => "x".repeat(random.magnitude(1, 9_000)),
    () => asLatin1(random.bytes(random.integer(1, 30))).replaceAll("\n", "n"),
    () => "SHUTDOWN",
    () => "shutdown now",
    () => "GET / HTTP/1.1",
    () => random.chance(0.05) ? "QUIT" : "QUITE",
  ])();
}

/** Two ends of a range; each one may be negative, or outside of the file. */
export function randomRange(random: Random, lineCount: number): [from: number, to: number] {
  const from = random.integer(-lineCount - 2, lineCount + 2);
  return [from, from + random.magnitude(0, 1_000) - random.integer(0, 1)];
}

/** Line numbers, most of which exist. */
export function randomNumbers(random: Random, lineCount: number): number[] {
  const count = random.magnitude(1, 300);
  return Array.from({ length: count }, () => random.integer(0, lineCount + 1));
}

/** Cuts bytes at random places. */
export function randomChunks(random: Random, bytes: Uint8Array): Uint8Array[] {
  const longest = random.pick([1, 7, 100, 5_000, 100_000]);
  const chunks: Uint8Array[] = [];
  // Many small chunks take long.
  const shortest = Math.ceil(bytes.length / 500);
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(shortest, random.integer(1, longest));
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
