import { ConnectionFailure } from "../../../src/client/errors.ts";
import { formatServerAddress, type ServerAddress } from "../../../src/client/server_address.ts";
import { LoadFailure } from "../load_failure.ts";

/** How a connection to Redis begins. */
export interface RedisSession {
  readonly encryption: "none" | "tls";
  /** `undefined` for Redis's default user. */
  readonly username: string | undefined;
  /** `undefined` if Redis needs none. */
  readonly password: string | undefined;
  /** The number of the database, 0 or more. */
  readonly database: number;
}

/** The replies to `AUTH` and `SELECT` are shorter. */
const LOGIN_REPLY_MAX_BYTES = 4 * 1024;

/**
 * Logs in and selects the database of a new connection, if the session needs it.
 *
 * @throws {LoadFailure} if Redis refuses it; the message does not contain the password
 */
export async function logIn(
  conn: Deno.Conn,
  address: ServerAddress,
  { username, password, database }: RedisSession,
): Promise<void> {
  const commands: string[][] = [];
  if (password !== undefined) {
    commands.push(["AUTH", ...username === undefined ? [] : [username], password]);
  }
  if (database > 0) commands.push(["SELECT", String(database)]);
  if (commands.length === 0) return;
  await writeAll(conn, new TextEncoder().encode(commands.map(encodeCommand).join("")));
  const replies = await readLines(conn, commands.length);
  replies.forEach((reply, i) => {
    if (reply !== "+OK") throw refused(address, commands[i]![0]!, reply);
  });
}

/** Formats a command as a RESP array. */
function encodeCommand(words: readonly string[]): string {
  const bulks = words.map((word) => `$${new TextEncoder().encode(word).length}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulks.join("")}`;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

async function readLines(conn: Deno.Conn, count: number): Promise<string[]> {
  const buffer = new Uint8Array(LOGIN_REPLY_MAX_BYTES);
  let received = 0;
  for (;;) {
    const text = new TextDecoder().decode(buffer.subarray(0, received));
    const lines = text.split("\r\n");
    // After the first error, Redis may close the connection.
    const complete = lines.slice(0, -1);
    if (complete.length >= count || complete.some((line) => line !== "+OK")) return complete;
    const bytes = received < buffer.length ? await conn.read(buffer.subarray(received)) : null;
    if (bytes === null) throw new ConnectionFailure("early end of stream", "no reply to AUTH");
    received += bytes;
  }
}

// Shows only the first word of the reply: some servers repeat the arguments of AUTH in it.
function refused(address: ServerAddress, command: string, reply: string): LoadFailure {
  const code = reply.split(" ")[0]!.slice(0, 40);
  return new LoadFailure(
    `Cannot log in: redis://${
      formatServerAddress(address)
    } (the reply to ${command} is ${code}). ` +
      "Correct the user, the password or the database.",
  );
}
