import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { place } from "#lib/domain/events/place.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as erasure from "#lib/sql/erasure.ts";
import { type Identity, withoutPerson } from "./pseudonym.ts";

/** Events that one statement goes through, and rewrites while their calendar is locked. */
const atOnce = 5_000;
const writtenAtOnce = 500;

/** Nobody: locks a calendar by the server itself. */
const server = { userId: "", email: "" };

const beginning: erasure.Place = { calendarId: "", id: "" };

/** Takes somebody out of events of one calendar, under its lock; who syncs it hears of those. @returns how many events it was. */
const eraseFromCalendar = (
  db: Connection,
  calendarId: string,
  ids: readonly string[],
  who: Identity,
  now: () => number,
): Promise<number> =>
  db.inTransaction(async (tx) => {
    const found = await erasure.listEvents(tx, calendarId, ids);
    if (!found.some((event) => withoutPerson(event, who))) return 0;
    const [calendar] = await calendars.takeChanges(tx, [calendarId], server, now());
    if (!calendar) return 0;
    const changed = (await erasure.listEvents(tx, calendarId, ids)).flatMap((event) => {
      const next = withoutPerson(event, who);
      return next ? [{ event: next, words: place(next, "tolerant").words }] : [];
    });
    await erasure.putPeople(tx, calendarId, changed, { change: calendar.change, now: now() });
    await notifyWatchers(tx, { kind: "events", calendarId });
    return changed.length;
  });

/**
 * Goes through the events of all calendars and takes somebody out of those that name them: one calendar at a time, so that no lock is
 * waited for while another is held. @returns how many events it was.
 */
export const eraseFromEvents = async (db: Connection, who: Identity, now: () => number): Promise<number> => {
  const names = [...who.addresses];
  let written = 0;
  for (let after: erasure.Place | undefined = beginning; after; ) {
    const { hits, last }: Awaited<ReturnType<typeof erasure.scanEvents>> = await erasure.scanEvents(db, names, after, atOnce);
    for (const [calendarId, places] of Map.groupBy(hits, (hit) => hit.calendarId)) {
      const ids = places.map(({ id }) => id);
      for (let from = 0; from < ids.length; from += writtenAtOnce) {
        written += await eraseFromCalendar(db, calendarId, ids.slice(from, from + writtenAtOnce), who, now);
      }
    }
    after = last;
  }
  for (let after: erasure.Place | undefined = beginning; after; ) after = await erasure.stripRetired(db, names, after, atOnce);
  return written;
};

/** Takes somebody's own rules out of the access lists of others' calendars. */
export const eraseRules = async (db: Connection, email: string, now: () => number): Promise<void> => {
  for (const calendarId of await erasure.listCalendarsWithRule(db, email)) {
    await db.inTransaction(async (tx) => {
      const [calendar] = await calendars.takeChanges(tx, [calendarId], server, now());
      if (!calendar) return;
      await erasure.removeRule(tx, calendarId, email, calendar.change);
      await notifyWatchers(tx, { kind: "acl", calendarId });
    });
  }
};
