/**
 * The contract that every byte protocol must pass.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteBuffer } from "../../src/protocol/byte_buffer.ts";
import type { LineEncoder, RangeEncoder } from "../../src/protocol/encoders.ts";
import { type Decoder, HEAD_MAX_BYTES, type Protocol } from "../../src/protocol/protocol.ts";
import type { Request } from "../../src/protocol/request.ts";
import { asText, latin1 } from "./e2e_bytes.ts";

/**
 * What a client asks for: a line, a range of lines, the end of the connection or of the server, or a reply of the
 * protocol itself.
 */
export type Asked =
  | number
  | { readonly range: readonly [from: number, to: number] }
  | "close"
  | "shutdown"
  | { readonly reply: string };

/** What a client sends, one character for each byte, and what it asks for by that. */
export interface Conversation {
  readonly sent: string;
  readonly asked: readonly Asked[];
}

/** What is particular to a protocol. */
export interface ProtocolCases {
  /** They end where the client's stream ends. */
  readonly conversations: readonly Conversation[];
  /** Random conversations are made of these parts. */
  readonly parts: readonly string[];
  /** Beginnings of connections, complete enough to be recognized or refused. */
  readonly heads: { readonly yes: readonly string[]; readonly no: readonly string[] };
  /**
   * The replies to a request for a line and for a range of two lines, for a line with the content `content` and an
   * error with the message `errorMessage`.
   */
  readonly replies: {
    readonly lineRequest: string;
    readonly rangeRequest: string;
    readonly line: string;
    readonly content: string;
    readonly missing: string;
    readonly error: string;
    readonly errorMessage: string;
    readonly range: string;
  };
}

/** Declares the tests of the contract for one protocol. */
export function testProtocol(name: string, protocol: Protocol, cases: ProtocolCases): void {
  testDecoder(name, protocol, cases);
  testEncoder(name, protocol, cases);
  testDetection(name, protocol, cases);
}

/**
 * Decodes chunks, and the end of the stream after them. As a connection does it: in one buffer, which is
 * written over before the requests are looked at.
 */
export function decodeChunks(decoder: Decoder, chunks: readonly Uint8Array[]): Asked[][] {
  const buffer = new Uint8Array(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  return [...chunks, null].map((chunk) => {
    if (chunk === null) return askedBy(decoder.decode(null));
    buffer.set(chunk);
    const requests = decoder.decode(buffer.subarray(0, chunk.length));
    buffer.fill(0x39);
    return askedBy(requests);
  });
}

/** What requests ask for, however the lines are divided among them. */
export function askedBy(requests: readonly Request[]): Asked[] {
  return requests.flatMap((request): Asked[] => {
    switch (request.kind) {
      case "lines":
        return request.numbers.map((number) => number || 0);
      case "range":
        return [{ range: [request.from, request.to] }];
      case "reply":
        return [{ reply: asText(request.bytes) }];
      case "close":
      case "shutdown":
        return [request.kind];
    }
  });
}

/** Cuts bytes at some places, which need not be in order; chunks may be empty. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i]));
}

const PLACES = fc.array(fc.nat({ max: 10_000 }), { maxLength: 8 });

function testDecoder(name: string, protocol: Protocol, cases: ProtocolCases): void {
  const { conversations } = cases;
  const decode = (...chunks: Uint8Array[]) => decodeChunks(protocol.open(), chunks).flat();
  const conversation = fc.array(fc.constantFrom(...cases.parts), { maxLength: 30 })
    .map((parts) => latin1(parts.join("")));

  Deno.test(`${name}: Decoder.decode() of a whole conversation gives what was asked`, () => {
    for (const { sent, asked } of conversations) {
      assertEquals(decode(latin1(sent)), asked, show(sent));
    }
  });

  Deno.test(`${name}: Decoder.decode() byte by byte gives the same`, () => {
    for (const { sent, asked } of conversations) {
      const chunks = Array.from(latin1(sent), (byte) => Uint8Array.of(byte));
      assertEquals(decode(...chunks), asked, show(sent));
    }
  });

  Deno.test(`${name}: Decoder.decode() gives the same if the bytes are split at any place`, () => {
    for (const { sent, asked } of conversations) {
      const bytes = latin1(sent);
      for (let at = 0; at <= bytes.length; at++) {
        const found = decode(bytes.subarray(0, at), bytes.subarray(at));
        assertEquals(found, asked, `${show(sent)} split at ${at}`);
      }
    }
  });

  Deno.test(`${name}: Decoder.decode() gives the same for any bytes, split at any places`, () => {
    const bytes = fc.oneof(conversation, conversation, fc.uint8Array());
    fc.assert(
      fc.property(bytes, PLACES, (bytes, places) => {
        assertEquals(decode(...cut(bytes, places)), decode(bytes));
      }),
      { numRuns: 300 },
    );
  });

  Deno.test(`${name}: Decoder.decode() of the end of the stream alone asks for nothing`, () => {
    assertEquals(decode(), []);
    assertEquals(decode(new Uint8Array(), new Uint8Array()), []);
  });

  Deno.test(`${name}: Protocol.open() gives decoders that share no state`, () => {
    fc.assert(
      fc.property(conversation, conversation, PLACES, (one, other, places) => {
        const decoders = [protocol.open(), protocol.open()];
        const chunks = [cut(one, places), cut(other, places)];
        const found: Asked[][] = [[], []];
        for (let i = 0; i <= places.length + 1; i++) {
          for (const [s, decoder] of decoders.entries()) {
            found[s]!.push(...askedBy(decoder.decode(chunks[s]![i]?.slice() ?? null)));
          }
        }
        assertEquals(found, [decode(one), decode(other)]);
      }),
    );
  });
}

function testEncoder(name: string, protocol: Protocol, { replies }: ProtocolCases): void {
  const content = latin1(replies.content);
  const encoded = (append: (out: ByteBuffer) => void) => {
    const out = new ByteBuffer();
    append(out);
    return asText(out.take());
  };

  Deno.test(`${name}: LineEncoder encodes a line, in memory or long, a missing one and an error`, () => {
    const encoder = lineEncoder(protocol, replies.lineRequest);
    const short = encoded((out) => {
      const bytes = latin1(`?${replies.content}?`);
      encoder.line(bytes, 1, bytes.length - 1, out);
    });
    const long = encoded((out) => {
      const { start, end } = encoder.longLine(content.length, out);
      out.append(content, start, end);
      encoder.longLineTail(out);
    });
    assertEquals([short, long], [replies.line, replies.line]);
    assertEquals(encoded((out) => encoder.missing(out)), replies.missing);
    assertEquals(encoded((out) => encoder.error(replies.errorMessage, out)), replies.error);
  });

  for (const terminators of [["\n", "\n"], ["\r\n", "\n"], ["\n", ""], ["\r\n", "\r\n"]]) {
    Deno.test(`${name}: RangeEncoder encodes lines that end with ${JSON.stringify(terminators)}`, () => {
      const encoder = rangeEncoder(protocol, replies.rangeRequest);
      const lines = latin1(terminators.map((terminator) => replies.content + terminator).join(""));
      const found = encoded((out) => {
        encoder.rangeHead(2, out);
        out.append(encoder.rangeLines(lines, terminators.includes("\r\n")));
      });
      assertEquals(found, replies.range);
    });
  }

  Deno.test(`${name}: RangeEncoder encodes long lines as others, and an error`, () => {
    const encoder = rangeEncoder(protocol, replies.rangeRequest);
    const found = encoded((out) => {
      encoder.rangeHead(2, out);
      for (let i = 0; i < 2; i++) {
        encoder.rangeLongLine(content.length, out);
        out.append(content);
        encoder.rangeLongLineTail(out);
      }
    });
    assertEquals(found, replies.range);
    assertEquals(encoded((out) => encoder.error(replies.errorMessage, out)), replies.error);
  });
}

/** The encoder that a request for lines has. */
export function lineEncoder(protocol: Protocol, sent: string): LineEncoder {
  for (const request of protocol.open().decode(latin1(sent))) {
    if (request.kind === "lines") return request.encoder;
  }
  throw new Error(`Not a request for lines: ${sent}`);
}

function rangeEncoder(protocol: Protocol, sent: string): RangeEncoder {
  for (const request of protocol.open().decode(latin1(sent))) {
    if (request.kind === "range") return request.encoder;
  }
  throw new Error(`Not a request for a range: ${sent}`);
}

function testDetection(name: string, protocol: Protocol, { heads }: ProtocolCases): void {
  const detect = (head: string) => protocol.detect(latin1(head));

  Deno.test(`${name}: Protocol.detect() recognizes its own heads and refuses others`, () => {
    for (const head of heads.yes) assertEquals(detect(head), "yes", show(head));
    for (const head of heads.no) assertEquals(detect(head), "no", show(head));
  });

  Deno.test(`${name}: Protocol.detect() never changes its answer as the head grows`, () => {
    const known = fc.tuple(fc.constantFrom(...heads.yes, ...heads.no), fc.uint8Array())
      .map(([head, rest]) => Uint8Array.of(...latin1(head), ...rest));
    fc.assert(fc.property(fc.oneof(known, fc.uint8Array()), (bytes) => {
      let decided: string | undefined;
      for (let length = 0; length <= bytes.length; length++) {
        const before = bytes.slice();
        const detection = protocol.detect(bytes.subarray(0, length));
        assertEquals(bytes, before);
        if (decided !== undefined) assertEquals(detection, decided, `after ${length} bytes`);
        else if (detection !== "need more") decided = detection;
      }
    }));
  });

  Deno.test(`${name}: Protocol.detect() has decided after HEAD_MAX_BYTES`, () => {
    const head = fc.uint8Array({ minLength: HEAD_MAX_BYTES, maxLength: HEAD_MAX_BYTES });
    const repeated = fc.constantFrom(...heads.yes, ...heads.no)
      .map((head) => latin1(head.repeat(HEAD_MAX_BYTES)).subarray(0, HEAD_MAX_BYTES));
    fc.assert(fc.property(fc.oneof(head, repeated), (head) => {
      assert(protocol.detect(head) !== "need more");
    }));
  });
}

function show(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
