/**
 * Notes of how far the database's log went when somebody had written, or something had been written to: kept in Redis for as long as a
 * replica in use may be behind. A name's note only ever moves forward.
 */
import { createHmac } from "node:crypto";
import type { RedisLink } from "./connect.ts";

/** Sets each key to a number unless it is as high already. */
const raise = `
  for _, key in ipairs(KEYS) do
    local noted = redis.call('get', key)
    if not noted or tonumber(noted) < tonumber(ARGV[1]) then redis.call('set', key, ARGV[1], 'PX', ARGV[2]) end
  end
  return 1`;

export interface Positions {
  /** The highest note of these names, 0 without any; undefined when that cannot be told, or notes may have been lost. */
  find(names: readonly string[]): Promise<number | undefined>;
  /** Notes a position under all these names. @returns whether it stands. */
  put(names: readonly string[], position: number): Promise<boolean>;
}

/**
 * @param secret the database's own: names are kept as keyed hashes, which no other database's notes share and nobody can read.
 * @param maxLagMs notes are needed for so long. A Redis that has just been reached may have lost some that are younger.
 */
export const createPositions = (redis: RedisLink, secret: Buffer, maxLagMs: number): Positions => {
  const keptMs = String(2 * maxLagMs + 60_000);
  // One hash tag: all keys in one slot of a cluster.
  const keyOf = (name: string) =>
    `{calendar}:position:${createHmac("sha256", secret).update(`position ${name}`).digest("base64url")}`;
  return {
    find: async (names) => {
      if (redis.upForMs() <= maxLagMs) return undefined;
      const notes = await redis.ask((client) => client.mget(names.map(keyOf)));
      return notes && Math.max(0, ...notes.map(Number));
    },
    put: async (names, position) => {
      const keys = names.map(keyOf);
      return (await redis.ask((client) => client.eval(raise, keys.length, ...keys, String(position), keptMs))) === 1;
    },
  };
};
