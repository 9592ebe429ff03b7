/**
 * Commands and what becomes of them, as the tests of the router and of the pipeline see them.
 *
 * @module
 */
import type { LineSpan } from "../../src/pages/line_span.ts";
import type { LineStore } from "../../src/lines/line_store.ts";
import type { Command } from "../../src/protocol/command.ts";
import { lineProtocol } from "../../src/protocol/line/line_protocol.ts";
import { type ReplyChunk, Router } from "../../src/server/pipeline/router.ts";

const { replies } = lineProtocol("lf");

/** Makes the router of a connection that speaks the line protocol. */
export function createRouter(store: LineStore, shutDown?: () => void): Router {
  return new Router({ store, replies, shutDown });
}

/** The command that asks for a line. */
export function get(line: number): Command {
  return { verb: "get", line };
}

/** The commands that ask for lines. */
export function gets(...lines: number[]): Command[] {
  return lines.map(get);
}

/** Lines `line 1` to `line 40`. */
export const NUMBERED: string = numberedText(40);

/** Lines `line 1` to `line <count>`. */
export function numberedText(count: number): string {
  return Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join("");
}

/** The pieces of a chunk, for what is handed over whole as well. */
export function piecesIn(chunk: ReplyChunk): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return chunk instanceof Uint8Array ? [chunk] : chunk;
}

/** Bytes as a text; one byte is one character. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** What is in a chunk, piece by piece; each is read before the next, which may write over it. */
export async function textsIn(chunk: ReplyChunk): Promise<string[]> {
  const texts: string[] = [];
  for await (const piece of piecesIn(chunk)) texts.push(decode(piece));
  return texts;
}

/** What is in a chunk. */
export async function textOf(chunk: ReplyChunk): Promise<string> {
  return (await textsIn(chunk)).join("");
}

/** Loads the pages of some lines. */
export async function loadPagesOf(store: LineStore, ...lines: number[]): Promise<void> {
  await store.locator.find(lines);
}

/** Lets no further page be at hand: all that are not in memory are asked of the page loader. */
export function withColdPages(store: LineStore): LineStore {
  store.locator.loader.loadAtHand = () => undefined;
  return store;
}

/** Loads every page, and lets every line be at hand from now on, however long reads take. */
export async function warm(store: LineStore): Promise<LineStore> {
  await loadPagesOf(store, ...Array.from({ length: store.lines }, (_, i) => i + 1));
  store.reader.readAtHand = (span) => store.reader.read(span);
  return store;
}

/** Makes every loading of pages wait until the gate is open. */
export function holdLoading(store: LineStore): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  const find = withColdPages(store).locator.find.bind(store.locator);
  store.locator.find = async (lines) => {
    await gate.promise;
    return await find(lines);
  };
  return gate;
}

/** Lets lines not be at hand, whatever was fetched. @returns the lines that are fetched, in order */
export function letGo(store: LineStore, isGone: (line: number) => boolean = () => true): number[] {
  const fetched: number[] = [];
  const fetch = store.reader.fetch.bind(store.reader);
  store.reader.readAtHand = (span) => isGone(span.line) ? undefined : store.reader.read(span);
  store.reader.isAtHand = (span) => !isGone(span.line);
  store.reader.fetch = (span) => {
    fetched.push(span.line);
    return fetch(span);
  };
  return fetched;
}

/** Makes every fetching of a line wait until the gate is open. */
export function holdFetching(store: LineStore): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  const fetch = store.reader.fetch.bind(store.reader);
  store.reader.fetch = async (span: LineSpan) => {
    await gate.promise;
    await fetch(span);
  };
  return gate;
}
