import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, Person } from "#lib/model/event.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as erasure from "#lib/sql/erasure.ts";

/** Events that one statement goes through. */
const atOnce = 5_000;

/** Of an event as it is written, what says which one it is and when. */
const shown = ["id", "iCalUID", "status", "created", "updated", "start", "end", "recurrence", "originalStartTime"];

/**
 * What the events of others hold of a person: when they are, and the person's own part in them; the rest is not theirs. Guests' copies of
 * an event are left out, for the event itself is there, and so is the calendar, whose id is somebody's address.
 */
export async function* partsElsewhere(
  db: Connection,
  { userId, email }: { readonly userId: string; readonly email: string },
  write: (event: Event, calendar: Pick<Calendar, "id" | "timeZone">) => object,
): AsyncGenerator<readonly object[], void> {
  const isThem = (person: Person | undefined) => person?.email?.toLowerCase() === email;
  const partOf = (event: Event): object[] => {
    const { organizer, creator, attendees, source } = event.details;
    const own = {
      ...(isThem(organizer) && { organizer }),
      ...(isThem(creator) && { creator, ...(source && { source }) }),
      ...(attendees?.some(isThem) && { attendees: attendees.filter(isThem) }),
    };
    if (event.copyOf || Object.keys(own).length === 0) return [];
    const whole = write(event, { id: event.calendarId, timeZone: "UTC" });
    return [{ ...Object.fromEntries(Object.entries(whole).filter(([name]) => shown.includes(name))), ...own }];
  };
  const owned = new Set(await erasure.listOwned(db, userId));
  for (let after: erasure.Place | undefined = { calendarId: "", id: "" }; after; ) {
    const { hits, last }: Awaited<ReturnType<typeof erasure.scanEvents>> = await erasure.scanEvents(db, [email], after, atOnce);
    const others = hits.filter(({ calendarId }) => !owned.has(calendarId));
    for (const [calendarId, places] of Map.groupBy(others, (hit) => hit.calendarId)) {
      const ids = places.map(({ id }) => id);
      yield (await erasure.listEvents(db, calendarId, ids)).flatMap(partOf);
    }
    after = last;
  }
}
