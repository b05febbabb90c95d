import type { PgBoss } from "pg-boss";
import { log } from "#lib/observe/logger.ts";
import { count, gauge } from "#lib/observe/metrics.ts";
import * as channels from "#lib/sql/channels.ts";
import type { Connection } from "#lib/sql/database.ts";
import { type DatabaseHealth, readHealth } from "#lib/sql/health.ts";
import { messagesQueue } from "#lib/sql/queue.ts";

/** Several processes spread themselves over the time. */
const everyMs = 60_000;

/** Tells how the database stands. Its own counts of blocks run on for ever: what is told is what came since the last look. */
const tellHealth = (health: DatabaseHealth, last: DatabaseHealth | undefined): void => {
  gauge("DatabaseSize", {}, health.bytes);
  gauge("DatabaseLocksWaiting", {}, health.locks_waiting);
  const found = health.found - (last?.found ?? 0);
  const all = found + health.read - (last?.read ?? 0);
  // They begin anew when the database does.
  if (found >= 0 && all > 0) gauge("DatabaseCacheHitRatio", {}, Math.round((found / all) * 1000) / 10);
};

/** Deletes expired channels, and tells how many messages wait and how the database stands, about every minute. @returns ends it. */
export const keepUp = (boss: PgBoss, db: Connection): (() => void) => {
  let lastHealth: DatabaseHealth | undefined;
  const once = async (): Promise<void> => {
    try {
      const expired = await channels.removeExpired(db);
      if (expired > 0) {
        count("ChannelsExpired", {}, expired);
        log.info("channels expired", { channels: expired });
      }
      const queue = await boss.getQueue(messagesQueue);
      gauge("PushesWaiting", {}, queue?.queuedCount ?? 0);
      const health = await readHealth(db);
      tellHealth(health, lastHealth);
      lastHealth = health;
    } catch (error) {
      log.warn("push upkeep failed", { text: (error as Error).message });
    }
    if (!ended) timer = setTimeout(once, everyMs * (0.5 + Math.random())).unref();
  };
  let ended = false;
  let timer = setTimeout(once, everyMs * Math.random()).unref();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
};
