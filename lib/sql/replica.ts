/** A server that follows the database: whether it is there, how far it has come, and connections to it while it will do. */
import { setTimeout as delay } from "node:timers/promises";
import { type Connection, type Database, openDatabase } from "./database.ts";
import type { Login } from "./login.ts";
import { findEnd, findReplayed } from "./position.ts";

/** How often a process looks how far the replica is. */
const lookEveryMs = 100;
/** A replica that does not say within this time how far it is, is away. */
const patienceMs = 1_000;
const tryAgainMs = 1_000;
/** Moments that are remembered while the replica has not reached them. */
const mostMoments = 1_000;

export interface ReplicaOptions {
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  /** Further behind than this it is left out. */
  readonly maxLagMs: number;
  /** Told when it goes away, with the reason, and when it is back. */
  readonly onChange: (change: "back" | { readonly lost: Error }) => void;
}

/** Where the primary's log ended when it was asked. */
export interface End {
  readonly position: number;
  /** `performance.now()` before the question. */
  readonly askedAt: number;
  /** Notes that containers share may lack one. */
  readonly isHeld: boolean;
}

export interface Replica {
  /** The replica, and up to where it surely shows the log; undefined while it is away or too far behind. */
  current(): { readonly db: Connection; readonly position: number } | undefined;
  /** Where the primary's log ends: a position behind everything committed before the question. Questions share their answers. */
  askEnd(): Promise<End>;
  /** The last answer of the primary's. */
  lastEnd(): End | undefined;
  /** Calls back once when the replica goes away: what it has not answered by then it may never answer. @returns forgets it. */
  onLoss(listener: () => void): () => void;
  /** How far it is behind, ms; undefined while it is away. */
  lagMs(): number | undefined;
  close(): Promise<void>;
}

/** Asks one question at a time; who comes while it is under way shares the next. */
const shareAnswers = <Answer>(ask: () => Promise<Answer>): (() => Promise<Answer>) => {
  let running: Promise<Answer> | undefined;
  let next: Promise<Answer> | undefined;
  const begin = (): Promise<Answer> => {
    const asked = ask().finally(() => {
      if (running === asked) running = undefined;
    });
    running = asked;
    return asked;
  };
  const afterThis = async (before: Promise<Answer>): Promise<Answer> => {
    await before.catch(() => {});
    next = undefined;
    return begin();
  };
  return () => {
    if (!running) return begin();
    next ??= afterThis(running);
    return next;
  };
};

const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The replica does not answer.")), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Follows how far a replica has come, from now on. Resolves at once: a replica that is not there yet is tried again, as is one that
 * goes away; its connections are thrown away then, since a host that has vanished never ends them.
 *
 * @param login leads to one server, not a balancer before several: what one has reached says nothing of another.
 */
export const followReplica = (login: Login | string, primary: Connection, options: ReplicaOptions): Replica => {
  const { poolSize, statementTimeoutMs, maxLagMs, onChange } = options;
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  let open: { readonly db: Database; readonly watch: Database } | undefined;
  let position = 0;
  /** The replica shows everything committed before this moment. */
  let asOf = Number.NEGATIVE_INFINITY;
  /** Where the log ended at moments that the replica has not reached yet. */
  let ahead: End[] = [];
  let lastEnd: End | undefined;
  let isKnownLost = false;

  const askEnd = shareAnswers(async () => {
    const askedAt = performance.now();
    const { position, is_held: isHeld } = await findEnd(primary);
    lastEnd = { position, askedAt, isHeld };
    return lastEnd;
  });

  const connect = async () => {
    const db = await openDatabase(login, { poolSize, statementTimeoutMs });
    const watch = await openDatabase(login, { poolSize: 1, statementTimeoutMs }).catch(async (error) => {
      await db.close();
      throw error;
    });
    return { db, watch };
  };

  const disconnect = async (): Promise<void> => {
    const { db, watch } = open ?? {};
    open = undefined;
    asOf = Number.NEGATIVE_INFINITY;
    ahead = [];
    for (const listener of listeners) listener();
    listeners.clear();
    await Promise.allSettled([db?.close(), watch?.close()]);
  };

  const look = async (): Promise<void> => {
    open ??= await connect();
    // When the primary is away, that is for its own callers to hear.
    const end = await within(patienceMs, askEnd()).catch(() => undefined);
    const replayed = await within(patienceMs, findReplayed(open.watch));
    if (replayed === null) throw new Error("DATABASE_REPLICA_URL leads to a server that follows no other.");
    position = replayed;
    if (end && ahead.length < mostMoments) ahead.push(end);
    while (ahead[0] && ahead[0].position <= position) asOf = (ahead.shift() as End).askedAt;
    if (isKnownLost) onChange("back");
    isKnownLost = false;
  };

  const follow = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      let pauseMs = lookEveryMs;
      try {
        await look();
      } catch (error) {
        if (!isKnownLost) onChange({ lost: error as Error });
        isKnownLost = true;
        pauseMs = tryAgainMs;
        void disconnect();
      }
      await delay(pauseMs, undefined, { signal: ending.signal, ref: false }).catch(() => {});
    }
  };
  const following = follow();

  const lag = (): number => performance.now() - asOf;
  return {
    current: () => (open && lag() <= maxLagMs ? { db: open.db, position } : undefined),
    askEnd,
    lastEnd: () => lastEnd,
    onLoss: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lagMs: () => (asOf === Number.NEGATIVE_INFINITY ? undefined : lag()),
    close: async () => {
      ending.abort();
      await following;
      await disconnect();
    },
  };
};
