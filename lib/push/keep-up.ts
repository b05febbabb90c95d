import type { PgBoss } from "pg-boss";
import { log } from "#lib/observe/logger.ts";
import { gauge } from "#lib/observe/metrics.ts";
import * as channels from "#lib/sql/channels.ts";
import type { Connection } from "#lib/sql/database.ts";
import { messagesQueue } from "#lib/sql/queue.ts";

/** Several processes spread themselves over the time. */
const everyMs = 60_000;

/** Deletes expired channels and tells how many messages wait, about every minute. @returns ends it. */
export const keepUp = (boss: PgBoss, db: Connection): (() => void) => {
  const once = async (): Promise<void> => {
    try {
      const expired = await channels.removeExpired(db);
      if (expired > 0) log.info("channels expired", { channels: expired });
      const queue = await boss.getQueue(messagesQueue);
      gauge("PushesWaiting", {}, queue?.queuedCount ?? 0);
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
