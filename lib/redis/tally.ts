/** Counts that all containers share: numbers that go up for a minute and are gone after it. */
import { createHmac } from "node:crypto";
import type { RedisLink } from "./connect.ts";

export interface Tally {
  /** Whether there is anybody to ask. */
  isThere(): boolean;
  /** Adds to the count of that name. @returns the whole count; undefined when Redis did not say, and may or may not have added. */
  add(name: string, by: number): Promise<number | undefined>;
}

/**
 * @param secret the instance's own. Names may be addresses of people: they are kept as keyed digests, which nobody can read, and which
 * no other instance on the same Redis shares.
 * @param keptSeconds a count that is not asked for again is gone after this time, counted from its first addition.
 */
export const createTally = async (redis: RedisLink, secret: Buffer, keptSeconds: number): Promise<Tally> => {
  // Loaded by those alone who have a Redis; bundled, a package of this kind has a default export only.
  const { RateLimiterRedis } = (await import("rate-limiter-flexible")).default;
  const counts = new RateLimiterRedis({
    storeClient: redis.client,
    keyPrefix: "{calendar}:rate",
    points: Number.MAX_SAFE_INTEGER,
    duration: keptSeconds,
  });
  const digest = (name: string) => createHmac("sha256", secret).update(`rate ${name}`).digest("base64url");
  return {
    isThere: () => redis.upForMs() > 0,
    add: (name, by) => redis.ask(async () => (await counts.penalty(digest(name), by)).consumedPoints),
  };
};
