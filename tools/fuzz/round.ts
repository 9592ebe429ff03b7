import { taskCommand } from "../bench/task_command.ts";
import { Processes } from "../bench_serve/servers/processes.ts";
import type { RunningProcess } from "../bench_serve/servers/running_process.ts";
import { type ClientPlan, runClient } from "./fuzz_client.ts";
import { FuzzFiles, NOT_AN_INDEX } from "./fuzz_files.ts";
import {
  type ErrorPolicy,
  expectedReplies,
  type ExpectedReply,
  findDifference,
  fromLatin1,
  type Terminators,
} from "./model.ts";
import type { Random } from "./random.ts";
import { randomRedisConversation } from "./redis_model.ts";
import { randomChunks, randomCommands } from "./random_input.ts";

const STARTS_MAX = 4;
const CLIENTS_MAX = 6;

const EOLS: Readonly<Record<string, Terminators>> = {
  lf: { status: "\n", line: "\n" },
  crlf: { status: "\r\n", line: "\r\n" },
  "crlf-status": { status: "\r\n", line: "\n" },
};

interface Client {
  readonly replies: readonly ExpectedReply[];
  readonly plan: ClientPlan;
}

/** One random file, served a few times. Between the runs of the server, the file is changed. */
export class Round {
  /** How many bytes of replies were compared. */
  comparedBytes = 0;
  readonly #files: FuzzFiles;
  readonly #random: Random;
  readonly #interrupted: AbortSignal;

  /** @param directory an empty one, for the files */
  constructor(directory: string, random: Random, interrupted: AbortSignal) {
    this.#files = new FuzzFiles(directory, random);
    this.#random = random;
    this.#interrupted = interrupted;
  }

  /**
   * @returns the first difference in one line; undefined if there is none
   * @throws {Error} (as a rejection) if the server does not stop, or the index cannot be repaired
   */
  async run(): Promise<string | undefined> {
    const random = this.#random;
    for (let starts = random.integer(1, STARTS_MAX); starts > 0; starts--) {
      const errors: ErrorPolicy = random.chance(0.3) ? "errors allowed" : "no errors";
      const difference = await this.#serve(errors);
      if (difference !== undefined) return difference;
      this.#files.change();
      if (errors === "errors allowed") await this.#files.index([]);
    }
    return undefined;
  }

  // If errors are allowed, the index is damaged.
  async #serve(errors: ErrorPolicy): Promise<string | undefined> {
    const random = this.#random;
    const damagedAt = errors === "no errors" ? "never" : random.pick(["start", "run"] as const);
    const eol = random.pick(Object.keys(EOLS));
    const options = [
      ...["--eol", eol],
      ...["--workers", `${random.integer(1, 2)}`],
      ...["--cache", random.pick(["0", "64KiB", "1MiB", "64MiB"])],
    ];
    if (random.chance(0.3)) await this.#files.index(["--force", ...this.#pageSizeOption()]);
    if (damagedAt === "start") this.#files.damageIndex();
    const { lines, path } = this.#files;
    const clients = Array.from(
      { length: random.integer(1, CLIENTS_MAX) },
      () => this.#randomClient(lines, EOLS[eol]!),
    );
    await using processes = new Processes(this.#interrupted);
    const [program, ...words] = taskCommand("serve");
    const args = [...words, "serve", path, "--port", "0", "--quiet", "--shutdown", "off"];
    const server = processes.start([program, ...args, ...options]);
    const listening = await server.output.find(/^listening on .*:(\d+)$/);
    if (listening === null) return await explainFailedStart(server, errors);
    if (damagedAt === "run") this.#files.damageIndex();
    const difference = await firstDifference(clients, async ({ replies, plan }) => {
      const received = await runClient(Number(listening[1]), plan);
      this.comparedBytes += received.length;
      const end = plan.ending.kind === "close" ? "cut" : "complete";
      return findDifference(received, replies, errors, end);
    });
    server.signal("SIGTERM");
    await server.end();
    return difference && `${difference} (serve ${options.join(" ")}; index damaged: ${damagedAt})`;
  }

  #pageSizeOption(): string[] {
    const random = this.#random;
    return random.chance(0.5) ? [] : ["--lines-per-page", `${random.magnitude(1, 2_000)}`];
  }

  #randomClient(lines: readonly string[], terminators: Terminators): Client {
    const random = this.#random;
    const { commands, replies } = random.chance(0.4)
      ? randomRedisConversation(random, lines)
      : randomLineConversation(random, lines, terminators);
    const chunks = randomChunks(random, fromLatin1(commands));
    if (random.chance(0.8)) return { replies, plan: { chunks, ending: { kind: "half-close" } } };
    const afterBytes = random.magnitude(0, 100_000);
    return { replies, plan: { chunks, ending: { kind: "close", afterBytes } } };
  }
}

function randomLineConversation(
  random: Random,
  lines: readonly string[],
  terminators: Terminators,
): { readonly commands: string; readonly replies: readonly ExpectedReply[] } {
  const commands = randomCommands(random, lines.length);
  return { commands, replies: expectedReplies(commands, lines, terminators) };
}

async function explainFailedStart(
  server: RunningProcess,
  errors: ErrorPolicy,
): Promise<string | undefined> {
  await server.errors.ended;
  const message = server.errors.last.join(" ");
  const isExpected = errors === "errors allowed" && NOT_AN_INDEX.test(message);
  return isExpected ? undefined : `The server does not start: ${message}`;
}

async function firstDifference(
  clients: readonly Client[],
  check: (client: Client) => Promise<string | undefined>,
): Promise<string | undefined> {
  const differences = await Promise.all(
    clients.map((client) => check(client).catch((error) => `it failed: ${error}`)),
  );
  const found = differences.findIndex((difference) => difference !== undefined);
  return found < 0
    ? undefined
    : `Difference for client ${found + 1} of ${clients.length}: ${differences[found]}`;
}
