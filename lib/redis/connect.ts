/**
 * The connection to Redis, for what containers share that is not data: counts, notes, what is worth remembering. Nothing is right or
 * wrong by it alone, so nothing fails for it either: who asks hears "away" at once, or after a tenth of a second at the latest.
 */
import type { Redis } from "ioredis";
import { log } from "#lib/observe/logger.ts";
import { count } from "#lib/observe/metrics.ts";

/** Longer than any answer of a Redis nearby takes; all that a request can lose by one that has begun to hang. */
const commandTimeoutMs = 100;
/** A connection that owes an answer for so long is given up, and from then on Redis is away until a new one has been heard. */
const silenceMs = 1_000;
const connectTimeoutMs = 2_000;
const longestRetryMs = 2_000;
/** How long a start waits for the first connection; it goes on without. */
const patienceMs = 1_000;
const complainEveryMs = 10_000;

export interface RedisLink {
  /** ioredis's own client, for libraries that want one. Its commands are refused at once while Redis is away. */
  readonly client: Redis;
  /** Runs a command. Never rejects: undefined means that Redis is away, too slow, or did not like the command. */
  ask<T>(command: (client: Redis) => Promise<T>): Promise<T | undefined>;
  /** For how long, ms, the connection has been usable without a break; 0 while it is not. */
  upForMs(): number;
  /** Ends it at once: what is on its way is not waited for, since a hanging Redis must not hold the end up. */
  close(): void;
}

/**
 * Opens the connection, `redis://` or `rediss://`, and keeps it: lost, it is made again after 50 ms, 100 ms, … at most 2 s. Nothing
 * waits for it in the meantime, neither in a queue nor to be sent again. Resolves whether Redis is there or not.
 */
export const connectRedis = async (url: string, password?: string): Promise<RedisLink> => {
  // Loaded by those alone who have a Redis; bundled, a package of this kind has a default export only.
  const { Redis } = (await import("ioredis")).default;
  const client = new Redis(url, {
    ...(password !== undefined && { password }),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceMs,
    connectTimeout: connectTimeoutMs,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times - 1, 10), longestRetryMs) * (0.75 + Math.random() / 2),
  });

  let upSince: number | undefined;
  let complainedAt = Number.NEGATIVE_INFINITY;
  client.on("ready", () => {
    upSince = performance.now();
  });
  client.on("close", () => {
    if (upSince !== undefined) count("RedisFaults", { Kind: "lost" });
    upSince = undefined;
  });
  client.on("error", (error: Error) => {
    if (performance.now() - complainedAt < complainEveryMs) return;
    complainedAt = performance.now();
    log.warn("redis", { text: error.message });
  });

  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    client.once("ready", () => {
      clearTimeout(timer);
      resolve();
    });
  });

  return {
    client,
    ask: async (command) => {
      if (upSince === undefined) {
        count("RedisFaults", { Kind: "away" });
        return undefined;
      }
      try {
        return await command(client);
      } catch {
        count("RedisFaults", { Kind: "failed" });
        return undefined;
      }
    },
    upForMs: () => (upSince === undefined ? 0 : performance.now() - upSince),
    close: () => client.disconnect(),
  };
};
