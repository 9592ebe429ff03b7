const BUFFER_BYTES = 256 * 1024;

export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

/** Copies the bytes of a file from an offset to its end, and flushes the writer. */
export function copyAll(from: Deno.FsFile, offset: number, to: SequentialWriter): void {
  from.seekSync(offset, Deno.SeekMode.Start);
  const chunk = new Uint8Array(BUFFER_BYTES);
  for (let got = from.readSync(chunk); got !== null; got = from.readSync(chunk)) {
    to.write(chunk.subarray(0, got));
  }
  to.flush();
}

/** Writes to a file from its current position, in large chunks. */
export class SequentialWriter {
  readonly file: Deno.FsFile;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  #written = 0;

  /** @param file the caller closes it */
  constructor(file: Deno.FsFile) {
    this.file = file;
  }

  /** How many bytes were given to it, whether they are in the file yet or not. */
  get bytes(): number {
    return this.#written + this.#used;
  }

  /** Copies the bytes, and writes them now or at the next {@linkcode flush}. */
  write(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#buffer.length) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeNow(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  writeZeros(bytes: number): void {
    for (let left = bytes; left > 0;) {
      if (this.#used === this.#buffer.length) this.flush();
      const count = Math.min(left, this.#buffer.length - this.#used);
      this.#buffer.fill(0, this.#used, this.#used + count);
      this.#used += count;
      left -= count;
    }
  }

  /** Everything that was given to it is in the file when it returns. */
  flush(): void {
    this.#writeNow(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #writeNow(bytes: Uint8Array): void {
    writeAll(this.file, bytes);
    this.#written += bytes.length;
  }
}

/** Reads a file from its beginning, in large chunks. */
export class SequentialReader {
  readonly #file: Deno.FsFile;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;

  /** @param file the caller closes it */
  constructor(file: Deno.FsFile) {
    this.#file = file;
    file.seekSync(0, Deno.SeekMode.Start);
  }

  /** Takes the next bytes, and returns a view of them that is valid until the next call. */
  read(bytes: number): Uint8Array {
    if (this.#from + bytes > this.#buffer.length) this.#makeRoom(bytes);
    while (this.#to - this.#from < bytes) {
      const got = this.#file.readSync(this.#buffer.subarray(this.#to));
      if (got === null) throw new Error("a temporary file ended early");
      this.#to += got;
    }
    this.#from += bytes;
    return this.#buffer.subarray(this.#from - bytes, this.#from);
  }

  #makeRoom(bytes: number): void {
    const larger = bytes > this.#buffer.length ? new Uint8Array(bytes) : this.#buffer;
    larger.set(this.#buffer.subarray(this.#from, this.#to));
    this.#buffer = larger;
    this.#to -= this.#from;
    this.#from = 0;
  }
}
