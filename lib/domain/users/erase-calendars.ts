import { writeOwnersRule } from "#lib/domain/acl/own.ts";
import { addOwnedEntry } from "#lib/domain/calendar-list/add-owned.ts";
import { endLostEntries } from "#lib/domain/calendar-list/end-lost.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as erasure from "#lib/sql/erasure.ts";
import * as events from "#lib/sql/events.ts";

interface Leaving {
  readonly id: string;
  readonly email: string;
}

/** Gives a calendar to another of its owners. */
const handOn = async (db: Connection, calendar: Calendar, leaving: Leaving, heir: Leaving, now: number): Promise<void> => {
  await calendars.setOwner(db, calendar.id, heir.id, calendar.change);
  await writeOwnersRule(db, calendar, heir.email, now);
  await addOwnedEntry(db, { calendarId: calendar.id, owner: heir }, now);
  await erasure.removeRule(db, calendar.id, leaving.email, calendar.change);
  await notifyWatchers(db, { kind: "acl", calendarId: calendar.id });
};

/** Deletes a calendar with all that is in it. Guests' copies stay, and are made events of their own when events are gone through. */
const remove = async (db: Connection, calendar: Calendar, leaving: Leaving, now: number): Promise<void> => {
  while (await events.removeBatch(db, calendar.id));
  await calendars.remove(db, calendar.id);
  if (calendar.isPrimary) {
    // Its id is the person's address: no list may keep it, not even as gone.
    for (const userId of await erasure.removeEntries(db, calendar.id)) {
      await notifyWatchers(db, { kind: "calendarList", userId });
    }
    return;
  }
  await notifyWatchers(db, { kind: "events", calendarId: calendar.id }, "not_exists");
  await notifyWatchers(db, { kind: "acl", calendarId: calendar.id }, "not_exists");
  await erasure.noteErasedCalendar(db, leaving.id, calendar.id);
  await endLostEntries(db, { calendarIds: [calendar.id] }, now);
};

/**
 * Settles what becomes of all calendars that somebody owns, each in a transaction of its own: one that has other owners passes to the
 * first of them, any other is deleted.
 */
export const eraseCalendars = async (db: Connection, leaving: Leaving, now: () => number): Promise<void> => {
  for (let owned = await erasure.findOwned(db, leaving.id); owned; owned = await erasure.findOwned(db, leaving.id)) {
    const { id } = owned;
    await db.inTransaction(async (tx) => {
      const [calendar] = await calendars.takeChanges(tx, [id], { userId: leaving.id, email: leaving.email }, now());
      if (calendar?.ownerId !== leaving.id) return;
      // The one who was found may be gone when their lock is had: then there may be another.
      const find = () => erasure.findHeir(tx, id, leaving.id);
      const heir = calendar.isPrimary ? undefined : ((await find()) ?? (await find()));
      if (heir) await handOn(tx, calendar, leaving, heir, now());
      else await remove(tx, calendar, leaving, now());
    });
  }
};
