// The requests of the page. All addresses are relative to the page, so that it also works behind
// a path prefix.

import { formatCount } from "./line_numbers.js";
import { LINES_PER_PAGE, linesOfPage, LineSplitter } from "./page_lines.js";

/** @import { PageLines } from "./page_lines.js" */

/**
 * What is served: one file, or several as one.
 *
 * @typedef {object} FileInfo
 * @property {string} name
 * @property {number} lines
 * @property {number} bytes
 * @property {string} fingerprint another one means another file
 * @property {string} version of linesvr
 * @property {number} fileCount how many files are one
 */

/**
 * In which of several files a line is.
 *
 * @typedef {object} LinePlace
 * @property {string} file
 * @property {number} lineInFile
 */

/**
 * Why a request failed:
 *
 * - `lost`: the server cannot be reached.
 * - `changed`: the file was changed while it was served; the server answers no requests for lines.
 * - `missing`: there is no such page of a file with this fingerprint.
 * - `failed`: anything else.
 *
 * @typedef {"lost" | "changed" | "missing" | "failed"} FailureKind
 */

/** A request failed. The message is a part of a sentence, without a full stop. */
export class RequestError extends Error {
  /** @param {FailureKind} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.name = "RequestError";
    /** @readonly */
    this.kind = kind;
  }
}

/** A server that sends nothing for this long counts as lost. */
const TIMEOUT_MS = 20_000;

/** Requests of one page to its server. */
export class ServerApi {
  #base;
  #fetch;

  /**
   * @param {string} base the address of the page
   * @param {(url: URL, init: RequestInit) => Promise<Response>} fetcher
   */
  constructor(base, fetcher) {
    this.#base = base;
    this.#fetch = fetcher;
  }

  /** @param {AbortSignal} [signal] @returns {Promise<FileInfo>} @throws {RequestError} */
  async info(signal) {
    const response = await this.#get("info", signal, "no-store");
    const info = parseInfo(await readBody(response.text()));
    if (info !== null) return info;
    throw new RequestError("failed", "the server sent no information about the file");
  }

  /**
   * @param {FileInfo} info
   * @param {number} page from 0
   * @param {AbortSignal} signal
   * @returns {Promise<PageLines>}
   * @throws {RequestError}
   */
  async page({ fingerprint, lines }, page, signal) {
    const response = await this.#get(`pages/${fingerprint}/${page}`, signal);
    const { first, count } = linesOfPage(page, lines);
    const splitter = new LineSplitter(cutLines(response, first));
    await this.#read(response, (chunk) => {
      splitter.push(chunk);
      return "more";
    });
    try {
      return splitter.finish(count);
    } catch (error) {
      throw new RequestError("failed", messageOf(error));
    }
  }

  /**
   * Reads a line, and makes sure that it is a line of the same file as `info`: the address of a
   * line has no fingerprint.
   *
   * @param {FileInfo} info
   * @param {number} line
   * @param {number} maxBytes the rest is not loaded
   * @param {AbortSignal} signal
   * @returns {Promise<{ bytes: Uint8Array, isCut: boolean }>}
   * @throws {RequestError}
   */
  async line(info, line, maxBytes, signal) {
    const response = await this.#get(`lines/${line}`, signal, "no-cache");
    /** @type {Uint8Array[]} */
    const chunks = [];
    let length = 0;
    await this.#read(response, (chunk) => {
      chunks.push(chunk.subarray(0, maxBytes - length));
      length += chunk.length;
      return length > maxBytes ? "enough" : "more";
    });
    const { fingerprint } = await this.info(signal);
    if (fingerprint !== info.fingerprint) {
      throw new RequestError("missing", "the file was replaced");
    }
    return { bytes: concatenate(chunks), isCut: length > maxBytes };
  }

  /**
   * @param {number} line
   * @param {AbortSignal} signal
   * @returns {Promise<LinePlace>}
   * @throws {RequestError}
   */
  async where(line, signal) {
    const response = await this.#get(`lines/${line}?where`, signal, "no-store");
    const place = parsePlace(await readBody(response.text()));
    if (place !== null) return place;
    throw new RequestError("failed", "the server did not say in which file the line is");
  }

  /** @param {number} line @returns {string} the address of the bytes of a line */
  lineUrl(line) {
    return new URL(`lines/${line}`, this.#base).href;
  }

  /**
   * @param {string} path
   * @param {AbortSignal | undefined} signal
   * @param {RequestCache} [cache]
   */
  async #get(path, signal, cache = "default") {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const url = new URL(path, this.#base);
    const response = await readBody(this.#fetch(url, { signal: either, cache }));
    if (response.ok) return response;
    throw new RequestError(kindOf(response.status), await problemOf(response));
  }

  /**
   * @param {Response} response
   * @param {(chunk: Uint8Array) => "more" | "enough"} take
   */
  async #read(response, take) {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    while (true) {
      const { done, value } = await readBody(reader.read());
      if (done) return;
      if (take(value) === "enough") return await reader.cancel();
    }
  }
}

/** @param {string} text @returns {Record<string, unknown>} empty if the text is no object in JSON */
function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** @param {string} text @returns {LinePlace | null} `null` if the text is no such place */
function parsePlace(text) {
  const { file, lineInFile } = parseObject(text);
  return typeof file === "string" && isCount(lineInFile) ? { file, lineInFile } : null;
}

/** @param {string} text @returns {FileInfo | null} `null` if the text is no such information */
function parseInfo(text) {
  const { name, lines, bytes, fingerprint, version, fileCount } = parseObject(text);
  if (typeof name !== "string" || typeof fingerprint !== "string") return null;
  if (!isCount(lines) || !isCount(bytes)) return null;
  // An older server has one file.
  const count = isCount(fileCount) ? fileCount : 1;
  return { name, lines, bytes, fingerprint, version: String(version), fileCount: count };
}

/** @param {unknown} value @returns {value is number} */
function isCount(value) {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** @param {number} status @returns {FailureKind} */
function kindOf(status) {
  switch (status) {
    case 404:
      return "missing";
    case 503:
      return "changed";
    case 502:
    case 504:
      // A proxy answers for a server that it cannot reach.
      return "lost";
    default:
      return "failed";
  }
}

/** @param {Response} response @returns {Promise<string>} */
async function problemOf(response) {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const problem = await response.json().catch(() => ({}));
    const text = problem?.detail ?? problem?.title;
    if (typeof text === "string") return text.replace(/\.$/, "");
  }
  await response.body?.cancel();
  return `HTTP status ${response.status}`;
}

/**
 * The network failures of a request become a {@link RequestError}; an abort stays an abort.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function readBody(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestError("lost", messageOf(error));
  }
}

/** @param {unknown} error @returns {string} */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {Response} response
 * @param {number} first the first line of the page
 * @returns {number[]} the indices of the lines that the server has cut
 */
function cutLines(response, first) {
  const numbers = response.headers.get("linesvr-cut-lines")?.match(/\d+/g) ?? [];
  const indices = numbers.map((number) => Number(number) - first);
  const strange = indices.find((index) => !(index >= 0 && index < LINES_PER_PAGE));
  if (strange === undefined) return indices;
  const number = formatCount(strange + first);
  throw new RequestError("failed", `the server named line ${number}, which the page does not have`);
}

/** @param {readonly Uint8Array[]} chunks @returns {Uint8Array} */
function concatenate(chunks) {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
