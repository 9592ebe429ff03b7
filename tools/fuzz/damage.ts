import type { Random } from "./random.ts";

/** Damages a file in place: changes a byte, cuts off its end, or swaps two parts. */
export function damageFile(path: string, random: Random): void {
  const bytes = Deno.readFileSync(path);
  if (bytes.length === 0) return;
  switch (random.pick(["change", "change", "cut", "swap"] as const)) {
    case "change": {
      const at = random.integer(0, bytes.length - 1);
      writeAt(path, at, Uint8Array.of(bytes[at]! ^ (1 << random.integer(0, 7))));
      break;
    }
    case "cut":
      Deno.truncateSync(path, random.integer(0, bytes.length - 1));
      break;
    case "swap": {
      const length = random.integer(1, Math.ceil(bytes.length / 2));
      const [a, b] = [0, 1].map(() => random.integer(0, bytes.length - length));
      writeAt(path, a!, bytes.slice(b!, b! + length));
      writeAt(path, b!, bytes.slice(a!, a! + length));
      break;
    }
  }
}

/** Writes bytes into a file, whose size does not change. */
export function writeAt(path: string, offset: number, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
