/**
 * The queue that messages leave by: pg-boss, in its own schema `pgboss` of the same database, so that a change and the order to
 * tell of it are one transaction. Here are its queues and how its schema comes to be; `lib/push` works it off. The library is big
 * and is loaded by whoever works the queue off alone: writers add rows to `pgboss.job`, which its manual allows (SQL, Job table).
 */
import type { Client } from "pg";

/** The version of pg-boss's schema that the installed package works on. */
export const queueSchemaVersion = 46;

/** What has changed, in the order of the transactions' ends: to be looked up who watches it. */
export const changesQueue = "push-changes";
/** A message to be sent on a channel, at most one of a kind waiting and one on its way. */
export const messagesQueue = "push-messages";

const queues = {
  // Only the database can fail these: they are tried until it is there again.
  [changesQueue]: {
    policy: "standard",
    retryLimit: 100_000,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
    expireInSeconds: 15,
    deleteAfterSeconds: 60,
  },
  // Tries again after 1 to 2 s, 2 to 4 s, … at most 10 minutes: for about an hour and a half.
  [messagesQueue]: {
    policy: "stately",
    retryLimit: 18,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 600,
    expireInSeconds: 15,
    deleteAfterSeconds: 60,
  },
} as const;

/** What a database must have been brought to; kept among the migrations' hashes. */
const wanted = `${queueSchemaVersion} ${JSON.stringify(queues)}`;

/** Whether nothing is to be done, by what was kept. A newer release's schema is left alone: pg-boss works on it, and never goes back. */
export const isQueueCurrent = (kept: string | undefined): boolean =>
  kept === wanted || Number.parseInt(kept ?? "", 10) > queueSchemaVersion;

/**
 * Installs the queue's schema or brings it up to date, on the connection that keeps other processes from doing the same. pg-boss's
 * statements are as they are but for one: it would wait 30 s for a lock, and all writers behind it.
 */
export const installQueue = async (client: Client, lockTimeoutMs: number): Promise<void> => {
  const { PgBoss } = await import("pg-boss");
  const executeSql = async (text: string, values?: unknown[]) => {
    try {
      return await client.query(
        text.replace(/set local lock_timeout = \d+/i, `set local lock_timeout = ${lockTimeoutMs}`),
        values,
      );
    } catch (error) {
      // Its transactions are one text each: one that fails is left open.
      await client.query("rollback").catch(() => {});
      throw error;
    }
  };
  const boss = new PgBoss({ db: { executeSql }, supervise: false, schedule: false, registerInstance: false });
  try {
    await boss.start();
    for (const [name, { policy, ...options }] of Object.entries(queues)) {
      await boss.createQueue(name, { policy, ...options });
      await boss.updateQueue(name, options);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
  await client.query(
    "insert into migrations (name, hash) values ('queue', $1) on conflict (name) do update set hash = excluded.hash, applied_at = now()",
    [wanted],
  );
};
