import { ByteBuffer } from "../../src/protocol/byte_buffer.ts";
import type { Decoder, Protocol } from "../../src/protocol/protocol.ts";
import type { Request } from "../../src/protocol/request.ts";
import type { RedisFacts } from "../../src/protocol/redis/commands/redis_command.ts";
import { redisProtocol } from "../../src/protocol/redis/redis_protocol.ts";
import { asText, latin1 } from "./e2e_bytes.ts";

/** A Redis protocol for a file with these lines. */
export function redisProtocolOf(
  lines: readonly string[],
  facts: Partial<RedisFacts> = {},
): Protocol {
  return redisProtocol({
    lineCount: lines.length,
    fileName: "file.txt",
    fileBytes: lines.join("").length + lines.length,
    files: [{ name: "file.txt", firstLine: 1, lines: lines.length, bytes: 9 }],
    version: "1.2.3",
    random: () => 0.5,
    ...facts,
  });
}

/** A command as clients send it: an array of bulk strings. */
export function multibulk(...words: readonly string[]): string {
  const bulks = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join("")}`;
}

/** What a client receives that sends these chunks, and nothing more. Ends with `<close>` if it is disconnected. */
export function converse(
  lines: readonly string[],
  chunks: readonly Uint8Array[],
  decoder: Decoder = redisProtocolOf(lines).open(),
): string {
  const out = new ByteBuffer();
  for (const chunk of [...chunks, null]) {
    for (const request of decoder.decode(chunk)) {
      if (request.kind === "close") return `${asText(out.take())}<close>`;
      answer(lines, request, out);
    }
  }
  return asText(out.take());
}

function answer(lines: readonly string[], request: Request, out: ByteBuffer): void {
  switch (request.kind) {
    case "lines":
      for (const number of request.numbers) {
        const line = lines[number - 1];
        if (line === undefined) request.encoder.missing(out);
        else request.encoder.line(latin1(`\n${line}\n`), 1, line.length + 1, out);
      }
      break;
    case "range": {
      const { from, to, encoder } = request;
      encoder.rangeHead(to - from + 1, out);
      const some = lines.slice(from - 1, to).map((line) => `${line}\n`).join("");
      out.append(encoder.rangeLines(latin1(some), some.includes("\r")));
      break;
    }
    case "reply":
      out.append(request.bytes);
      break;
    case "shutdown":
      out.append(latin1("<shutdown>"));
      break;
    case "close":
  }
}
