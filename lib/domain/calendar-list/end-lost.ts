import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import type { Connection } from "#lib/sql/database.ts";

/**
 * Takes calendars out of the lists of those who have lost access to them: to be called inside the transaction that changed rules,
 * members of a group or the calendar, under the lock of the calendar or of the users, so that nobody adds an entry meanwhile.
 *
 * @param among the calendars or the users whom the change may concern.
 */
export const endLostEntries = async (
  db: Connection,
  among: { readonly calendarIds?: readonly string[]; readonly userIds?: readonly string[] },
  now: number,
): Promise<void> => {
  for (const userId of await calendarList.removeLost(db, among, now)) {
    await notifyWatchers(db, { kind: "calendarList", userId });
  }
};
