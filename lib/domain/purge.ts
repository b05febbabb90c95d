import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as answers from "#lib/sql/idempotency.ts";
import * as tombstones from "#lib/sql/tombstones.ts";
import * as usage from "#lib/sql/usage.ts";
import * as users from "#lib/sql/users.ts";

const batch = 100;
const answersAtOnce = 10_000;

/** What a purge let go of. */
export interface Purged {
  readonly events: number;
  /** Rules of access that were taken away. */
  readonly rules: number;
  /** Entries that were taken out of calendar lists. */
  readonly entries: number;
  /** First answers that are no longer given again. */
  readonly answers: number;
}

/** Lets go of what is known of keys' use on days before a time. @returns how many sums. */
export const purgeUsage = (db: Connection, before: number): Promise<number> => usage.purge(db, before);

/** Visits all that a page-wise list names, in the order of its ids. */
export const forEachId = async (
  list: (afterId: string, limit: number) => Promise<readonly string[]>,
  visit: (id: string) => Promise<void>,
): Promise<void> => {
  for (let afterId: string | undefined = ""; afterId !== undefined; ) {
    const ids: readonly string[] = await list(afterId, batch);
    for (const id of ids) await visit(id);
    afterId = ids.length < batch ? undefined : ids.at(-1);
  }
};

/**
 * Lets go of what was deleted before a time, in all calendars and lists. Clients that synced since know of it; a sync token from before
 * is refused from now on, never answered with silence. Any number of processes may do this at once.
 */
export const purgeDeleted = async (db: Connection, before: number, now: number): Promise<Purged> => {
  const purged = { events: 0, rules: 0, entries: 0, answers: 0 };
  await forEachId(
    (afterId, limit) => tombstones.listCalendars(db, before, afterId, limit),
    (id) =>
      db.inTransaction(async (tx) => {
        // The lock keeps writers out; the number it takes is one that nothing carries.
        if (!(await calendars.takeChange(tx, id, now))) return;
        const { events, rules } = await tombstones.purgeCalendar(tx, id, before);
        purged.events += events;
        purged.rules += rules;
      }),
  );
  await forEachId(
    (afterId, limit) => tombstones.listUsers(db, before, afterId, limit),
    (id) =>
      db.inTransaction(async (tx) => {
        if ((await users.takeChange(tx, id)) === undefined) return;
        purged.entries += await tombstones.purgeUser(tx, id, before);
      }),
  );
  for (let gone = answersAtOnce; gone === answersAtOnce; purged.answers += gone) {
    gone = await answers.purge(db, now - answers.keptMs, answersAtOnce);
  }
  return purged;
};
