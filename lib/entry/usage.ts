/**
 * How much each key is used, by the day. A request costs an addition in memory; what has come together is added to the database by
 * one statement every ten seconds, and when the process ends in order. A process that is killed loses what it had not added yet: ten
 * seconds at most, or all since the database went away. Nothing is added twice, also when nobody knows whether it was added.
 */
import { randomUUID } from "node:crypto";
import type { Usage } from "#lib/model/usage.ts";
import { log } from "#lib/observe/logger.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as sums from "#lib/sql/usage.ts";

const flushEveryMs = 10_000;
const dayMs = 86_400_000;

/** A request as it is counted; bytes are those of bodies as they were sent. */
export interface Counted {
  readonly isWrite: boolean;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface UsageMeter {
  /** Counts a request for its key, on the day on which it is answered. */
  count(keyId: string, request: Counted): void;
  /** Adds to the database what was counted until now; never throws: what could not be added stays for the next time. */
  flush(): Promise<void>;
  /** Does so if it has not been done for ten seconds. */
  flushWhenDue(): Promise<void>;
  /** Does so a last time. */
  close(): Promise<void>;
}

type Sum = { -readonly [Name in Exclude<keyof Usage, "day" | "keyId">]: number };

/** Day (number since 1970, UTC) to key to sum: keys are those that exist, days few. */
type Sums = Map<number, Map<string, Sum>>;

const sumOf = (days: Sums, day: number, keyId: string): Sum => {
  let keys = days.get(day);
  if (!keys) {
    keys = new Map();
    days.set(day, keys);
  }
  let sum = keys.get(keyId);
  if (!sum) {
    sum = { requests: 0, writes: 0, errors: 0, bytesIn: 0, bytesOut: 0 };
    keys.set(keyId, sum);
  }
  return sum;
};

const listed = (days: Sums): readonly Usage[] =>
  [...days].flatMap(([number, keys]) => {
    const day = new Date(number * dayMs).toISOString().slice(0, 10);
    return [...keys].map(([keyId, sum]) => ({ day, keyId, ...sum }));
  });

/** @param now epoch milliseconds. */
export const createUsageMeter = (db: Connection, now: () => number): UsageMeter => {
  const id = randomUUID();
  let number = 0;
  let counting: Sums = new Map();
  /** What is to be added under the present number: the same until it is known to have been added. */
  let adding: readonly Usage[] = [];
  let flushing: Promise<void> | undefined;
  let flushedAt = now();

  const addNext = async (): Promise<boolean> => {
    if (adding.length === 0) {
      if (counting.size === 0) return false;
      adding = listed(counting);
      counting = new Map();
      number += 1;
    }
    await sums.add(db, { id, number }, adding, now());
    adding = [];
    return true;
  };

  const addAll = async (): Promise<void> => {
    try {
      while (await addNext());
    } catch (error) {
      log.warn("usage not added yet", { text: (error as Error).message.slice(0, 200) });
    }
  };

  const flush = (): Promise<void> => {
    flushedAt = now();
    flushing ??= addAll().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };

  const timer = setInterval(flush, flushEveryMs).unref();
  return {
    count: (keyId, { isWrite, status, bytesIn, bytesOut }) => {
      const sum = sumOf(counting, Math.floor(now() / dayMs), keyId);
      sum.requests += 1;
      if (isWrite) sum.writes += 1;
      if (status >= 400) sum.errors += 1;
      sum.bytesIn += bytesIn;
      sum.bytesOut += bytesOut;
    },
    flush,
    flushWhenDue: () => (now() - flushedAt < flushEveryMs ? Promise.resolve() : flush()),
    close: async () => {
      clearInterval(timer);
      await flushing;
      await flush();
    },
  };
};
