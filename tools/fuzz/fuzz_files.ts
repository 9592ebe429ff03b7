import { taskCommand } from "../bench/task_command.ts";
import { damageFile, writeAt } from "./damage.ts";
import { fromLatin1, linesOf } from "./model.ts";
import type { Random } from "./random.ts";
import { randomAppendix, randomFile } from "./random_input.ts";

/** What linesvr says of an index whose first bytes are damaged: it may be a different file, so it is not replaced. */
export const NOT_AN_INDEX = /^linesvr: Not an index: /;

/** A random file, with its index. The content is known in memory. */
export class FuzzFiles {
  readonly path: string;
  readonly #indexPath: string;
  readonly #random: Random;
  // One character for each byte.
  #content: string;

  /** @param directory an empty one */
  constructor(directory: string, random: Random) {
    this.path = `${directory}/lines.txt`;
    this.#indexPath = `${this.path}.lineidx`;
    this.#random = random;
    this.#content = randomFile(random);
    Deno.writeFileSync(this.path, fromLatin1(this.#content));
  }

  get lines(): string[] {
    return linesOf(this.#content);
  }

  /** Changes the file in one of several ways. */
  change(): void {
    const random = this.#random;
    switch (random.pick(["nothing", "append", "edit", "cut", "replace"] as const)) {
      case "nothing":
        return;
      case "append":
        return this.#write(this.#content.length, randomAppendix(random));
      case "edit": {
        const bytes = random.pick(["\n", "x", "\r\n", "new\nlines\n"]);
        const last = this.#content.length - bytes.length;
        return last < 0 ? undefined : this.#write(random.integer(0, last), bytes);
      }
      case "cut":
        this.#content = this.#content.slice(0, random.integer(0, this.#content.length));
        return Deno.truncateSync(this.path, this.#content.length);
      case "replace":
        this.#content = randomFile(random);
        return Deno.writeFileSync(this.path, fromLatin1(this.#content));
    }
  }

  /** Damages the index in one of several ways; does nothing if there is none. */
  damageIndex(): void {
    if (exists(this.#indexPath)) damageFile(this.#indexPath, this.#random);
  }

  /**
   * Runs `linesvr index`, which must repair a damaged index.
   *
   * @throws {Error} (as a rejection) if it fails
   */
  async index(options: readonly string[]): Promise<void> {
    const [program, ...words] = taskCommand("index");
    const args = [...words, "index", this.path, "--quiet", ...options];
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    if (success) return;
    const message = new TextDecoder().decode(stderr);
    if (!NOT_AN_INDEX.test(message)) throw new Error(`linesvr index failed: ${message}`);
    Deno.removeSync(this.#indexPath);
  }

  #write(offset: number, bytes: string): void {
    const { length } = bytes;
    this.#content = this.#content.slice(0, offset) + bytes + this.#content.slice(offset + length);
    writeAt(this.path, offset, fromLatin1(bytes));
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
