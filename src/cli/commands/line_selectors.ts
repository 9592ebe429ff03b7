import { formatLines } from "../units.ts";

/** Lines that a word such as `5`, `5-10`, `5-` or `-5` selects. */
export type Selector =
  /** One line, which has to exist. */
  | { readonly kind: "line"; readonly lineNumber: number; readonly word: string }
  /** The lines from one to another one that exist; `to` is infinite if the word names no end. */
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  /** The last lines. */
  | { readonly kind: "last"; readonly count: number };

/** What lines are selected from. */
export interface SelectableText {
  /** The path of the file. */
  readonly name: string;
  /** The number of lines. */
  readonly count: number;
  /**
   * Why further lines, and the end of the last line, are not known.
   *
   * @default {they are known}
   */
  readonly notExtended?: Error | undefined;
}

/** Line numbers `from` to `to`; nothing if `to` is smaller. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Parses a selector: `N`, `A-B`, `A-` or `-K`.
 *
 * @returns undefined if it is none
 */
export function parseSelector(word: string): Selector | undefined {
  if (/^\+?\d+$/.test(word)) return { kind: "line", lineNumber: Number(word), word };
  const [, from, to] = /^(\d*)-(\d*)$/.exec(word) ?? [];
  if (from === undefined || to === undefined || from + to === "") return undefined;
  if (from === "") return { kind: "last", count: Number(to) };
  return { kind: "range", from: Number(from), to: to === "" ? Infinity : Number(to) };
}

/**
 * Clips a selector to the lines that exist.
 *
 * @throws {RangeError} if the selector is one line, and this line does not exist
 * @throws {Error} `notExtended`, if the selector needs what is not known
 */
export function resolveSelector(
  selector: Selector,
  { name, count, notExtended }: SelectableText,
): LineRange {
  if (notExtended !== undefined && needsEnd(selector, count)) throw notExtended;
  switch (selector.kind) {
    case "line": {
      const { lineNumber, word } = selector;
      if (lineNumber >= 1 && lineNumber <= count) return { from: lineNumber, to: lineNumber };
      throw new RangeError(`No such line: ${word} (${name} has ${formatLines(count)}).`);
    }
    case "range":
      return { from: Math.max(1, selector.from), to: Math.min(count, selector.to) };
    case "last":
      return { from: Math.max(1, count - selector.count + 1), to: count };
  }
}

// Whether a selector may select the last line or later ones.
function needsEnd(selector: Selector, count: number): boolean {
  switch (selector.kind) {
    case "line":
      return selector.lineNumber >= count;
    case "range":
      return selector.to >= count && selector.from <= selector.to;
    case "last":
      return selector.count > 0;
  }
}

// The longest word that is read: no number of a line is nearly as long.
const WORD_MAX_CHARACTERS = 1_024;
const BLANKS = /[ \t\r\n]+/;

/**
 * Reads selectors that are separated by blanks or line ends.
 *
 * @returns for each chunk of the input, the selectors that end in it
 * @throws {Error} (as a rejection) if a word is no selector; the selectors before it are yielded first
 */
export async function* readSelectors(input: AsyncIterable<Uint8Array>): AsyncGenerator<Selector[]> {
  const decoder = new TextDecoder();
  let unfinished = "";
  let lineNumber = 1;
  for await (const chunk of input) {
    const text = unfinished + decoder.decode(chunk, { stream: true });
    const end = Math.max(...["\n", " ", "\t", "\r"].map((blank) => text.lastIndexOf(blank))) + 1;
    unfinished = text.slice(end);
    yield* parseWords(text.slice(0, end), lineNumber);
    lineNumber += text.slice(0, end).split("\n").length - 1;
    if (unfinished.length > WORD_MAX_CHARACTERS) throw badWord(unfinished, lineNumber);
  }
  yield* parseWords(unfinished + decoder.decode(), lineNumber);
}

function* parseWords(text: string, firstLineNumber: number): Generator<Selector[]> {
  const selectors: Selector[] = [];
  let bad: Error | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    for (const word of line.split(BLANKS)) {
      if (word === "" || bad !== undefined) continue;
      const selector = parseSelector(word);
      if (selector === undefined) bad = badWord(word, firstLineNumber + i);
      else selectors.push(selector);
    }
  }
  if (selectors.length > 0) yield selectors;
  if (bad !== undefined) throw bad;
}

// How much of a wrong word is shown.
const SHOWN_MAX_CHARACTERS = 40;

function badWord(word: string, lineNumber: number): Error {
  const shown = word.length <= SHOWN_MAX_CHARACTERS
    ? word
    : `${word.slice(0, SHOWN_MAX_CHARACTERS)}…`;
  return new Error(`Not a line number: ${shown} (line ${lineNumber} of standard input).`);
}
