// Runs one scenario of the TypeScript client in Deno, Node.js or Bun, and prints its result as JSON:
//
//     node client_scenarios.mjs CLIENT_MODULE SCENARIO PORT
import process from "node:process";

const [clientModule, scenario, portText] = process.argv.slice(2);
const { LineClient } = await import(clientModule);
const port = Number(portText);

/** Describes what a promise has become. */
function outcomeOf(promise) {
  return promise.then(
    (value) => value instanceof Uint8Array ? `${value.length} bytes` : value ?? "no such line",
    (error) => `${error.name}: ${error.kind ?? error.message}`,
  );
}

/** Calls a function with a client, and closes the client. */
async function withClient(options, body) {
  const client = await LineClient.connect({ port, retryDelayMs: 0, ...options });
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

const SCENARIOS = {
  texts: () =>
    withClient({}, (client) => Promise.all([1, 2, 3, 4].map((n) => outcomeOf(client.getText(n))))),
  oneByOne: () =>
    withClient({}, async (client) => {
      const outcomes = [];
      for (const n of [1, 2]) outcomes.push(await outcomeOf(client.getText(n)));
      return outcomes;
    }),
  many: () =>
    withClient({}, async (client) => {
      let lines = 0;
      let bytes = 0;
      for await (const line of client.getAll(Array.from({ length: 5_000 }, (_, i) => i + 1))) {
        lines++;
        bytes += line.length;
      }
      return { lines, bytes };
    }),
  batches: () =>
    withClient({}, async (client) => {
      const numbers = Array.from({ length: 5_000 }, (_, i) => i + 1);
      const lines = await client.getMany(numbers);
      return [await client.count(), lines.length, await client.getManyText([9_999, 1])];
    }),
  range: () =>
    withClient({}, async (client) => {
      let lines = 0;
      for await (const line of client.range(1, -1)) lines += line.length > 0 ? 1 : 0;
      let bytes = 0;
      for await (const chunk of client.rangeBytes(1, -1)) bytes += chunk.length;
      const first = [];
      for await (const text of client.rangeText(-2, -1)) first.push(text);
      return { lines, bytes, first };
    }),
  brokenRange: () =>
    withClient({}, async (client) => {
      const got = [];
      const consume = async () => {
        for await (const text of client.rangeText(1, 5)) got.push(text);
      };
      return [await outcomeOf(consume()), got];
    }),
  leftRange: () =>
    withClient({}, async (client) => {
      for await (const text of client.rangeText(1, -1)) return [text, await client.getText(7)];
    }),
  slowRange: () =>
    withClient({}, async (client) => {
      const reader = client.rangeBytes(1, -1).getReader();
      await reader.read();
      // The next reply shows that the server could send no more.
      const sent = await client.getText(1);
      await reader.cancel();
      return Number(sent) < 64 * 1024 * 1024 ? "the server waits" : `the server sent ${sent} bytes`;
    }),
  bytes: () => withClient({}, (client) => outcomeOf(client.get(1))),
  silence: () => withClient({ timeoutMs: 30, retries: 1 }, (client) => outcomeOf(client.get(1))),
  abort: () =>
    withClient({}, async (client) => {
      const abort = new AbortController();
      const others = [1, 3].map((n) => outcomeOf(client.getText(n)));
      const aborted = outcomeOf(client.getText(2, { signal: abort.signal }));
      abort.abort(new Error("enough"));
      return [await aborted, ...await Promise.all(others)];
    }),
  close: async () => {
    const client = await LineClient.connect({ port });
    const waiting = outcomeOf(client.get(1));
    await client.close();
    return [await waiting, await outcomeOf(client.get(2))];
  },
  refused: () => outcomeOf(LineClient.connect({ port })),
  unknownHost: () => outcomeOf(LineClient.connect({ port, hostname: "unknown.invalid" })),
};

console.log(JSON.stringify(await SCENARIOS[scenario]()));
