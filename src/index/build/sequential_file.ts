import { writeAll } from "./write_all.ts";

/** How much is collected before it is written, and read at a time. */
const BUFFER_BYTES = 256 * 1024;

/** Writes to a file from where it stands, in large pieces. */
export class SequentialWriter {
  readonly #file: Deno.FsFile;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #written = 0;

  /**
   * Makes a writer that stands where the file stands.
   *
   * @param file the caller closes it
   */
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** How many bytes were given to `write`. */
  get bytes(): number {
    return this.#written + this.#used;
  }

  /**
   * Writes all of the bytes, now or at the next `flush`.
   *
   * @throws {Error} what the system says where it cannot write, such as that the disk is full
   */
  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#buffer.length) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeAll(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Writes so many zeros, now or at the next `flush`. */
  writeZeros(bytes: number): void {
    for (let left = bytes; left > 0;) {
      if (this.#used === this.#buffer.length) this.flush();
      const count = Math.min(left, this.#buffer.length - this.#used);
      this.#buffer.fill(0, this.#used, this.#used + count);
      this.#used += count;
      left -= count;
    }
  }

  /** Writes what was collected. */
  flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    writeAll(this.#file, bytes);
    this.#written += bytes.length;
  }
}

/** Reads a file from where it stands, in large pieces. */
export class SequentialReader {
  readonly #file: Deno.FsFile;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;

  /**
   * Makes a reader that stands where the file stands.
   *
   * @param file the caller closes it
   */
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Takes the next bytes.
   *
   * @returns a view that is valid until the next call
   * @throws {Error} where the file ends before
   */
  read(bytes: number): Uint8Array {
    const next = this.peek(bytes);
    this.#from += bytes;
    return next;
  }

  /**
   * Looks at the next bytes, which are still to be taken.
   *
   * @returns a view that is valid until the next call
   * @throws {Error} where the file ends before
   */
  peek(bytes: number): Uint8Array {
    this.#makeRoom(bytes);
    while (this.#to - this.#from < bytes) {
      const got = this.#file.readSync(this.#buffer.subarray(this.#to));
      if (got === null) throw new Error("A temporary file ended early");
      this.#to += got;
    }
    return this.#buffer.subarray(this.#from, this.#from + bytes);
  }

  #makeRoom(bytes: number): void {
    if (this.#from + bytes <= this.#buffer.length) return;
    const larger = bytes > this.#buffer.length ? new Uint8Array(bytes) : this.#buffer;
    larger.set(this.#buffer.subarray(this.#from, this.#to));
    this.#buffer = larger;
    this.#to -= this.#from;
    this.#from = 0;
  }
}
