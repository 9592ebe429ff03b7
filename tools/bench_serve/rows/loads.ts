import type { LoadOrder } from "../servers/load_process.ts";

/** A load on the 50 MB file. */
export interface Load extends Pick<LoadOrder, "pipeline" | "reconnectAfter"> {
  readonly name: string;
  readonly what: string;
  readonly clients: number;
  /** The required ratio to the requests per second of Redis. */
  readonly redisRatioMin: number;
}

/** The loads that are compared with Redis, and with another checkout. */
export const LOADS: readonly Load[] = [
  {
    name: "depth-1",
    what: "50 MB, 50 clients, pipeline depth 1",
    clients: 50,
    redisRatioMin: 1,
  },
  {
    name: "depth-16",
    what: "50 MB, 50 clients, pipeline depth 16",
    clients: 50,
    pipeline: 16,
    redisRatioMin: 1.5,
  },
  {
    name: "clients-500",
    what: "50 MB, 500 clients, pipeline depth 1",
    clients: 500,
    redisRatioMin: 1,
  },
  {
    name: "reconnect",
    what: "50 MB, 500 clients, each with a new connection after 10 requests",
    clients: 500,
    reconnectAfter: 10,
    redisRatioMin: 0.8,
  },
];
