/**
 * Threads of the search for newlines, as the tests see them.
 *
 * @module
 */
import { assert } from "@std/assert";
import { ScanRing } from "../../src/index/scan/scan_ring.ts";
import type { ScanTask } from "../../src/index/scan/scan_worker.ts";

/** Only what hangs takes so long. */
export const HANGS_MS = 60_000;

/** Fails where a promise is not settled after a time that only what hangs takes. */
export async function neverHangs<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Hung for ${HANGS_MS} ms`)), HANGS_MS);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets other things happen until something is so; fails where it never is. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + HANGS_MS; !await isSo();) {
    if (performance.now() > endMs) throw new Error(`Hung for ${HANGS_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** What is published in a segment; the thread stands still until it is there. */
export function published(ring: ScanRing, segment: number): Uint32Array | "failed" {
  ring.waitFor(segment, HANGS_MS);
  const found = ring.newlines(segment);
  assert(found !== undefined, `segment ${segment} was never published`);
  return found;
}

/** A helper as it was started. */
export interface SeenHelper {
  /** What it was told. */
  readonly task: ScanTask;
  /** Resolves when it is there and has read what it was told, or could not be started. */
  readonly begun: Promise<void>;
  /** Whether it came to its end; only a {@linkcode HELPER} says so. */
  readonly hasEnded: boolean;
}

/** The module of helpers that say when they come to their end; otherwise they are as they always are. */
export const HELPER = import.meta.resolve("./text_helper.ts");

/** Sees the helpers that are started until the end of a `using` block. */
export class HelperWatch implements Disposable {
  /** Those that were started. */
  readonly helpers: readonly SeenHelper[];
  readonly #workers: SeenWorker[] = [];
  readonly #Worker = globalThis.Worker;

  /**
   * Begins to watch.
   *
   * @param specifier where given, the helpers are of this module, whichever was asked for
   */
  constructor(specifier?: string) {
    const workers = this.#workers;
    this.helpers = workers;
    globalThis.Worker = class extends SeenWorker {
      constructor(asked: string | URL, options?: WorkerOptions) {
        super(specifier ?? asked, options);
        workers.push(this);
      }
    };
  }

  /** Waits until all that were started have begun. */
  async begun(): Promise<void> {
    await neverHangs(Promise.all(this.helpers.map((helper) => helper.begun)));
  }

  /** The ring of the search that the helpers take part in. */
  ring(): ScanRing {
    const { task } = this.helpers[0]!;
    return ScanRing.join(task.ring, task.textBytes);
  }

  /** That all that were started have been ended by the one that started them. */
  assertTerminated(): void {
    assert(this.#workers.every((worker) => worker.isTerminated), "a helper was not ended");
  }

  /** Watches no longer. */
  [Symbol.dispose](): void {
    globalThis.Worker = this.#Worker;
  }
}

class SeenWorker extends Worker implements SeenHelper {
  readonly begun: Promise<void>;
  task!: ScanTask;
  hasEnded = false;
  isTerminated = false;

  constructor(specifier: string | URL, options?: WorkerOptions) {
    super(specifier, options);
    this.begun = new Promise((resolve) => {
      this.addEventListener("message", () => resolve());
      this.addEventListener("error", () => resolve());
    });
    // Added before those of the search, which is not to hear of the end.
    this.addEventListener("message", (event) => {
      if (event.data === "begun") return;
      this.hasEnded = true;
      event.stopImmediatePropagation();
    });
  }

  override postMessage(task: ScanTask): void {
    this.task = task;
    super.postMessage(task);
  }

  override terminate(): void {
    this.isTerminated = true;
    super.terminate();
  }
}

/** The files in a directory that this process has open; none where the system does not say. */
export function openFilesIn(directory: string): string[] {
  if (Deno.build.os !== "linux") return [];
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      const path = Deno.readLinkSync(`/proc/self/fd/${name}`);
      return path.startsWith(`${directory}/`) ? [path] : [];
    } catch {
      // One that was closed meanwhile is not open.
      return [];
    }
  });
}
