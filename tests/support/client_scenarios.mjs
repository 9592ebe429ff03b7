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
