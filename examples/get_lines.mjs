// Prints lines of a running server with ioredis:
//
//     npm install ioredis
//     node get_lines.mjs 127.0.0.1 10497 1 3 5
import process from "node:process";
import { Redis } from "ioredis";

const [host, port, ...numbers] = process.argv.slice(2);
const server = new Redis({ host, port: Number(port) });

try {
  console.log(`${await server.dbsize()} lines`);
  // One round trip for all lines. A line that does not exist is null.
  const lines = await server.mget(numbers);
  for (const [i, line] of lines.entries()) {
    console.log(`${numbers[i]}: ${line ?? "(no such line)"}`);
  }
  // Indexes of a list count from 0: these are the last two lines.
  console.log(await server.lrange("lines", -2, -1));
} finally {
  server.disconnect();
}
