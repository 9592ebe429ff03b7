// Prints lines of a running server:
//
//     deno run --allow-net examples/get_lines.ts 127.0.0.1 10497 1 3 5
//
// To use the client in your own program, import src/client/mod.ts of this checkout by its path. For
// Node.js and Bun, see docs/client.md.
import { LineClient } from "../src/client/mod.ts";

const [hostname = "127.0.0.1", port = "10497", ...words] = Deno.args;
const numbers = words.map(Number);

await using client = await LineClient.connect({ hostname, port: Number(port) });

// One line, decoded as UTF-8.
console.log(`The first line: ${await client.getText(1) ?? "(no such line)"}`);

// Many lines in order, as bytes. The client sends up to 256 requests ahead; `pipelineMax` changes that.
const decoder = new TextDecoder();
let next = 0;
for await (const line of client.getAll(numbers)) {
  const text = line === undefined ? "(no such line)" : decoder.decode(line);
  console.log(`${numbers[next++]}: ${text}`);
}
