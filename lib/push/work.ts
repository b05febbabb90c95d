/** Works the queue off: finds the messages that changes call for, and has them sent. */
import { type Job, type JobWithMetadata, PgBoss } from "pg-boss";
import type { Policy } from "#lib/domain/channels/address.ts";
import { log } from "#lib/observe/logger.ts";
import { sample } from "#lib/observe/metrics.ts";
import type { Change } from "#lib/sql/channels.ts";
import { type Database, openDatabase } from "#lib/sql/database.ts";
import { clientOptions, type Login } from "#lib/sql/login.ts";
import { changesQueue, messagesQueue } from "#lib/sql/queue.ts";
import { deliver } from "./deliver.ts";
import { findMessages, type Message } from "./find-messages.ts";
import { keepUp } from "./keep-up.ts";

/** Longer than a message takes that has to wait for another one on its channel. */
const statementTimeoutMs = 15_000;
/** How often an error of the queue's is told: while the database is away there is one at every look. */
const complainEveryMs = 10_000;
const stopWithinMs = 10_000;

/**
 * The queue's library at work. It looks for jobs that were taken and not finished every 5 s, whoever took them. Nothing listens for
 * notifications: NOTIFY would make all writers of the database end their transactions one after the other.
 */
const openQueue = async (login: Login | string): Promise<PgBoss> => {
  const boss = new PgBoss({
    ...clientOptions(login),
    max: 2,
    schedule: false,
    registerInstance: false,
    monitorVacuum: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    maintenanceIntervalSeconds: 60,
  });
  let complainedAt = 0;
  boss.on("error", (error) => {
    if (Date.now() - complainedAt < complainEveryMs) return;
    complainedAt = Date.now();
    log.warn("push queue", { text: error.message });
  });
  try {
    return await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
};

/** Whether an earlier message of the channel, which says the same, waits to be tried again: then it is that one's turn. */
const isWaiting = async (boss: PgBoss, { id, retryCount, singletonKey }: JobWithMetadata<Message>): Promise<boolean> => {
  if (retryCount > 0 || singletonKey === null) return false;
  const others = await boss.findJobs<Message>(messagesQueue, { key: singletonKey, queued: true });
  return others.some((other) => other.id !== id && other.state === "retry");
};

/** Begins to send messages, so many at once. @returns what wakes all who send. */
const sendMessages = async (boss: PgBoss, db: Database, policy: Policy, workers: number): Promise<() => void> => {
  const senders: string[] = [];
  for (let index = 0; index < workers; index += 1) {
    const send = async ([job]: JobWithMetadata<Message>[]): Promise<void> => {
      // There may be more: look again at once, not after a while.
      boss.notifyWorker(senders[index] ?? "");
      if (!job || (await isWaiting(boss, job))) return;
      await deliver({ db, policy }, job.data);
      sample("PushDelay", {}, Date.now() - job.createdOn.getTime());
    };
    senders.push(await boss.work(messagesQueue, { includeMetadata: true, pollingIntervalSeconds: 2 }, send));
  }
  return () => {
    for (const sender of senders) boss.notifyWorker(sender);
  };
};

/** Begins to look, twice a second, what has changed. A message that waits already and is not on its way yet stands for another one. */
const findChanges = async (boss: PgBoss, db: Database, wake: () => void): Promise<void> => {
  const find = async (jobs: Job<Change>[]): Promise<void> => {
    for await (const messages of findMessages(
      db,
      jobs.map(({ data }) => data),
    )) {
      const rows = messages.map((data) => ({ data, singletonKey: `${data.channel} ${data.state}` }));
      await boss.insert(messagesQueue, rows);
      wake();
    }
    await boss.deleteJob(changesQueue, jobs);
  };
  await boss.work(changesQueue, { batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }, find);
};

/**
 * Starts to send messages. What a process was about to send that dies, another sends: 15 s later at the earliest, half a minute at
 * the latest.
 *
 * @param login the database's; the sending has a pool of its own, of one connection for each of `workers`, and the queue has two.
 * @returns ends it, after the messages that are on their way.
 */
export const startPush = async (
  login: Login | string,
  { workers, ...policy }: Policy & { readonly workers: number },
): Promise<() => Promise<void>> => {
  const db = await openDatabase(login, { poolSize: workers, statementTimeoutMs });
  try {
    const boss = await openQueue(login);
    await findChanges(boss, db, await sendMessages(boss, db, policy, workers));
    const stopKeeping = keepUp(boss, db);
    return async () => {
      stopKeeping();
      await boss.stop({ graceful: true, timeout: stopWithinMs });
      await db.close();
    };
  } catch (error) {
    await db.close();
    throw error;
  }
};
