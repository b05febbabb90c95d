/**
 * Connections that stay checked out of slonik's pool and are lent to one statement or transaction at a time. Checking one out and
 * back in costs slonik a third of a short query; lending one costs a list operation.
 */
import type { DatabasePool, DatabasePoolConnection } from "slonik";

import { withRenewal } from "./login.ts";

interface Lane {
  readonly connection: DatabasePoolConnection;
  /** Gives the connection back to the pool for good. */
  readonly close: () => void;
  broken: boolean;
}

/** Work was not done, or not to its end, because the time for it is over. */
export class OutOfTime extends Error {
  constructor() {
    super("The time for this work is over.");
    this.name = "OutOfTime";
  }
}

/** How often those are looked for whose time to wait is over: a timer for each would cost more than most waits. */
const lookEveryMs = 50;

interface Borrower {
  /** `performance.now()` at which it waits no longer. */
  readonly deadline: number;
  readonly take: (lane: Lane) => void;
  readonly fail: (error: unknown) => void;
}

export interface Lanes {
  /**
   * Lends a connection to `work`, waiting for one when all are lent. Rejects when no connection can be made, and with
   * {@link OutOfTime} when none is free by the deadline (`performance.now()`; Infinity: none).
   */
  lend<T>(deadline: number, work: (connection: DatabasePoolConnection) => Promise<T>): Promise<T>;
  state(): { readonly active: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}

/**
 * Opens lanes as they are needed, up to `size`; one whose connection breaks is replaced when the next is needed. What is open stays open
 * when the password changes; a new one that is refused is tried again after `renew`.
 */
export const createLanes = (pool: DatabasePool, size: number, renew: (() => Promise<void>) | undefined): Lanes => {
  const free: Lane[] = [];
  const all = new Set<Lane>();
  const waiting: Borrower[] = [];
  let opening = 0;

  const offer = (lane: Lane): void => {
    const next = waiting.shift();
    if (next) next.take(lane);
    else free.push(lane);
  };

  const discard = (lane: Lane): void => {
    lane.broken = true;
    all.delete(lane);
    const index = free.indexOf(lane);
    if (index >= 0) free.splice(index, 1);
  };

  const open = (): void => {
    opening += 1;
    let lane: Lane | undefined;
    const connect = () =>
      pool.connect(async (connection) => {
        opening -= 1;
        const { promise, resolve } = Promise.withResolvers<void>();
        lane = { connection, close: resolve, broken: false };
        all.add(lane);
        offer(lane);
        await promise;
      });
    withRenewal(renew, connect)
      .catch((error) => {
        if (lane) return;
        opening -= 1;
        waiting.shift()?.fail(error);
      })
      .finally(() => {
        if (lane) discard(lane);
        // Whoever still waits must not wait for a lane that is gone.
        if (waiting.length > opening && all.size + opening < size) open();
      });
  };

  const borrow = (deadline: number): Lane | Promise<Lane> => {
    if (deadline <= performance.now()) throw new OutOfTime();
    const lane = free.pop();
    if (lane) return lane;
    const promise = new Promise<Lane>((take, fail) => waiting.push({ deadline, take, fail }));
    if (all.size + opening < size) open();
    return promise;
  };

  const clock = setInterval(() => {
    const now = performance.now();
    for (let index = waiting.length - 1; index >= 0; index -= 1) {
      if ((waiting[index] as Borrower).deadline <= now) waiting.splice(index, 1)[0]?.fail(new OutOfTime());
    }
  }, lookEveryMs).unref();

  return {
    lend: async (deadline, work) => {
      const borrowed = borrow(deadline);
      const lane = borrowed instanceof Promise ? await borrowed : borrowed;
      try {
        return await work(lane.connection);
      } finally {
        if (!lane.broken) offer(lane);
      }
    },
    state: () => ({ active: all.size - free.length, idle: free.length, waiting: waiting.length }),
    close: async () => {
      clearInterval(clock);
      for (const lane of all) lane.close();
      await pool.end();
    },
  };
};
