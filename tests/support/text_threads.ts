/**
 * The threads that help to scan a text, as the tests see them.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { FileIdentity } from "../../src/source/local/file_identity.ts";
import type { StartHelpers } from "../../src/index/scan/newline_scanner.ts";
import type { ScanRing } from "../../src/index/scan/scan_ring.ts";
import type { ScanMessage, ScanTask } from "../../src/index/scan/scan_worker.ts";

/** Only what hangs takes this long. */
export const HANGS_MS = 60_000;

/** Fails if a promise is not settled after {@linkcode HANGS_MS}. */
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

/** Waits until a condition holds that no event tells of; fails after {@linkcode HANGS_MS}. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + HANGS_MS; !await isSo();) {
    if (performance.now() > endMs) throw new Error(`Hung for ${HANGS_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** What is published for a segment; blocks the thread until it is there. */
export function published(ring: ScanRing, segment: number): Uint32Array | "failed" {
  ring.waitFor(segment, HANGS_MS);
  const found = ring.newlines(segment);
  assert(found !== undefined, `segment ${segment} was never published`);
  return found;
}

/** The module of the helpers of the product. */
export const SCAN_WORKER: string = import.meta.resolve("../../src/index/scan/scan_worker.ts");

/** A worker that helps to scan, and what became of it. */
export class SeenHelper extends Worker {
  /** Resolves when it has read its task, or could not be started. */
  readonly started: Promise<void>;
  /** Resolves when there was nothing left to scan for it. */
  readonly ended: Promise<void>;
  isTerminated = false;

  constructor(specifier: string, task: ScanTask) {
    super(specifier, { type: "module" });
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.addEventListener("message", ({ data }: MessageEvent<ScanMessage>) => {
      if (data === "started") started.resolve();
      else ended.resolve();
    });
    this.addEventListener("error", () => started.resolve());
    this.started = started.promise;
    this.ended = ended.promise;
    this.postMessage(task);
  }

  override terminate(): void {
    this.isTerminated = true;
    super.terminate();
  }
}

/** The file that helpers open. */
export interface HelpedFile {
  readonly name: string;
  readonly identity: FileIdentity;
}

/** Starts helpers for a scanner, and sees what becomes of them. */
export class HelperWatch {
  readonly helpers: SeenHelper[] = [];
  readonly #file: HelpedFile;
  #ring: ScanRing | undefined;

  constructor(file: HelpedFile) {
    this.#file = file;
  }

  /** To be given to a scanner: starts that many helpers of a module. */
  start(count: number, specifier = SCAN_WORKER): StartHelpers {
    return (ring) => {
      this.#ring = ring;
      const { name: path, identity } = this.#file;
      const task: ScanTask = { path, identity, ring: ring.buffer };
      for (let i = 0; i < count; i++) this.helpers.push(new SeenHelper(specifier, task));
      return this.helpers;
    };
  }

  /** Waits until all helpers have started. */
  async started(): Promise<void> {
    await neverHangs(Promise.all(this.helpers.map((helper) => helper.started)));
  }

  /** The ring of the scanner that the helpers were started for. */
  get ring(): ScanRing {
    assert(this.#ring !== undefined, "no helper was started");
    return this.#ring;
  }

  assertTerminated(): void {
    assert(this.helpers.every((helper) => helper.isTerminated), "a helper was not terminated");
  }
}

/** The files in a directory that this process has open; none if the system does not tell. */
export function openFilesIn(directory: string): string[] {
  if (Deno.build.os !== "linux") return [];
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      const path = Deno.readLinkSync(`/proc/self/fd/${name}`);
      return path.startsWith(`${directory}/`) ? [path] : [];
    } catch {
      // It was closed in the meantime.
      return [];
    }
  });
}
