import { formatCount } from "../source/messages.ts";
import { HttpProblem } from "./problem.ts";
import { noSuchLine } from "./selector.ts";

/** The most lines that one batch may ask for. A range has no limit. */
export const BATCH_MAX_LINES = 10_000;

/** The largest body of a `POST /lines`. */
export const BATCH_MAX_BYTES: number = 256 * 1024;

const INTEGER = /^-?\d+$/;
const SEPARATORS = /[\s,]+/;

/**
 * Parses the numbers of `GET /lines?n=5,9,12`.
 *
 * @param lists the values of all parameters `n`
 * @throws {HttpProblem} 400, 404 or 413
 */
export function parseQueryNumbers(lists: readonly string[], count: number): number[] {
  if (lists.length === 0) {
    throw new HttpProblem(400, "Name lines with /lines?n=5,9,12, /lines/5 or /lines/100-200.");
  }
  return toNumbers(lists.flatMap((list) => list.split(",")), count);
}

/**
 * Reads the numbers of `POST /lines`: a JSON array, or integers that are separated by blanks, commas or line ends.
 *
 * @throws {HttpProblem} (as a rejection) 400, 404 or 413
 */
export async function readBodyNumbers(request: Request, count: number): Promise<number[]> {
  const text = (await readText(request)).trim();
  if (text.startsWith("[")) return toNumbers(parseArray(text), count);
  if (text === "") throw new HttpProblem(400, "The body has no line number.");
  return toNumbers(text.split(SEPARATORS), count);
}

async function readText(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length;
    // Leaving the loop cancels the body.
    if (bytes > BATCH_MAX_BYTES) {
      throw new HttpProblem(413, `A body may have ${formatCount(BATCH_MAX_BYTES)} bytes.`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function* chunksOf({ body }: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch {
    // The client has left, or has closed its sending side.
    throw new HttpProblem(400, "The body ended before its last byte was received.");
  }
}

function parseArray(text: string): string[] {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    throw new HttpProblem(400, "The body is not valid JSON.");
  }
  // A number such as 1e3 was an integer in the text too, if it is one now.
  return (values as unknown[]).map((value) =>
    typeof value === "number" ? `${value}` : "not a number"
  );
}

function toNumbers(words: readonly string[], count: number): number[] {
  if (words.length > BATCH_MAX_LINES) {
    throw new HttpProblem(
      413,
      `A request may name ${formatCount(BATCH_MAX_LINES)} lines, not ${
        formatCount(words.length)
      }. ` +
        "Use several requests, or a range.",
    );
  }
  if (words.length === 0) throw new HttpProblem(400, "The list has no line number.");
  const bad = words.findIndex((word) => !INTEGER.test(word));
  if (bad >= 0) {
    throw new HttpProblem(
      400,
      `Line numbers must be integers; number ${formatCount(bad + 1)} of the list is not.`,
    );
  }
  return words.map((word) => {
    const lineNumber = Number(word);
    if (lineNumber >= 1 && lineNumber <= count) return lineNumber;
    throw noSuchLine(word, count);
  });
}
