/**
 * Where reads go when the database has a replica, and how a caller always reads their own writes, whichever container answers.
 *
 * A read goes to the replica, and its answer is given only if the replica showed, before the read began, all of the log up to the
 * position that the read needs. With Redis that is the highest noted for the caller and for what the read is about: every write notes
 * where the log ends after its commit, before it is answered. Without Redis, and while its notes cannot be trusted, it is the end of the
 * primary's log when the read came: then others' writes are there too. Read and position are asked for at the same time.
 *
 * What does not hold is done again on the primary: a read that the replica failed or refused (what it has not heard of may be there),
 * or that it does not answer before it is found to be away.
 */
import { setTimeout as delay } from "node:timers/promises";
import { namedCalendar } from "#lib/model/calendar.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Positions } from "#lib/redis/positions.ts";
import type { Connection } from "#lib/sql/database.ts";
import { hold } from "#lib/sql/position.ts";
import type { Replica } from "#lib/sql/replica.ts";
import type { Incoming } from "./incoming.ts";

/** What a read must not be older than: what the caller has written, and what has been written to what the request's path names. */
const concerns = ({ caller, pathParameters: { calendarId, userId } }: Pick<Incoming, "caller" | "pathParameters">): string[] => [
  `user ${caller?.userId}`,
  ...(calendarId ? [`calendar ${namedCalendar(caller?.email ?? "", calendarId)}`] : []),
  ...(userId ? [`user ${userId}`] : []),
];

/** A process that has not heard from the primary for so long trusts no notes: so a hold is everywhere this much later. */
const trustMs = 500;
const tryAgainMs = 100;

export interface Reads {
  /** Does what a request asks for that changes nothing; it may lag behind others' writes. */
  read<T>(event: Incoming, work: (db: Connection) => Promise<T>): Promise<T>;
  /** Does what a request asks for that may write. */
  write<T>(event: Incoming, work: (db: Connection) => Promise<T>): Promise<T>;
}

type Outcome<T> = { readonly value: T } | "failed" | "lost";

export const createReads = (
  primary: Connection,
  replica: Replica,
  { positions, maxLagMs }: { readonly positions: Positions | undefined; readonly maxLagMs: number },
): Reads => {
  /** A note that is missed is needed for `maxLagMs`: the hold stands for others too that are missed a little later. */
  const holdMs = maxLagMs + 3_000;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let holding: Promise<void> | undefined;

  const trustsNotes = (): boolean => {
    const end = replica.lastEnd();
    return positions !== undefined && end !== undefined && !end.isHeld && performance.now() - end.askedAt < trustMs;
  };

  /** The position that a read needs. */
  const findNeeded = async (about: readonly string[]): Promise<number> => {
    const noted = trustsNotes() ? await positions?.find(about) : undefined;
    return noted ?? (await replica.askEnd()).position;
  };

  const readFrom = async <T>(db: Connection, work: (db: Connection) => Promise<T>): Promise<Outcome<T>> => {
    const { promise: lost, resolve } = Promise.withResolvers<"lost">();
    const forget = replica.onLoss(() => resolve("lost"));
    try {
      const done = work(db).then(
        (value): Outcome<T> => ({ value }),
        (): Outcome<T> => "failed",
      );
      return await Promise.race([done, lost]);
    } finally {
      forget();
    }
  };

  /** Has all processes ask the primary from now on, for a note is missing that the replica may need. */
  const holdNotes = async (): Promise<void> => {
    // After this time no replica in use is without the write.
    for (const deadline = performance.now() + maxLagMs; performance.now() < deadline; await delay(tryAgainMs)) {
      const startedAt = performance.now();
      try {
        await hold(primary, holdMs);
        if (startedAt > heldUntil) await delay(trustMs);
        heldUntil = startedAt + holdMs;
        return;
      } catch {}
    }
  };

  const noteWrite = async (about: readonly string[]): Promise<void> => {
    // Without notes every read asks the primary itself.
    if (!positions) return;
    const end = await replica.askEnd().catch(() => undefined);
    // A moment without an answer is no reason yet to have everybody ask.
    if (end && ((await positions.put(about, end.position)) || (await positions.put(about, end.position)))) return;
    if (performance.now() < heldUntil - maxLagMs) return;
    holding ??= holdNotes().finally(() => {
      holding = undefined;
    });
    await holding;
  };

  return {
    read: async (event, work) => {
      // Whoever goes on from a token must not be shown less than what had been read when it was made.
      if (event.query.syncToken !== undefined || event.query.pageToken !== undefined) return work(primary);
      const from = replica.current();
      const isBehind = from && !trustsNotes() && (replica.lastEnd()?.position ?? 0) > from.position;
      if (!from || isBehind) {
        count("Reads", { From: "primary" });
        return work(primary);
      }
      const reading = readFrom(from.db, work);
      const needed = await findNeeded(concerns(event)).catch(() => Number.POSITIVE_INFINITY);
      const outcome = needed <= from.position ? await reading : "failed";
      if (typeof outcome === "object") {
        count("Reads", { From: "replica" });
        return outcome.value;
      }
      count("Reads", { From: "again" });
      return work(primary);
    },
    write: async (event, work) => {
      try {
        return await work(primary);
      } finally {
        // Between the commit and the answer, also when the answer is a failure.
        await noteWrite(concerns(event));
      }
    },
  };
};
