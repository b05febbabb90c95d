import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as tombstones from "#lib/sql/tombstones.ts";

const batch = 100;

/**
 * Lets go of events that were deleted before a time, in all calendars. Clients that synced since know of them; a sync token from
 * before the purge is refused from now on, never answered with silence. Any number of processes may do this at once.
 *
 * @returns how many events went.
 */
export const purgeDeleted = async (db: Connection, before: number, now: number): Promise<number> => {
  let purged = 0;
  let afterId = "";
  for (;;) {
    const ids = await tombstones.listCalendars(db, before, afterId, batch);
    for (const id of ids) {
      purged += await db.inTransaction(async (tx) => {
        // The lock keeps writers out; the number it takes is one that no event carries.
        if (!(await calendars.takeChange(tx, id, now))) return 0;
        return tombstones.purge(tx, id, before);
      });
    }
    const last = ids.at(-1);
    if (ids.length < batch || last === undefined) return purged;
    afterId = last;
  }
};
