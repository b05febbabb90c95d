import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { asSeenBy, type Onlooker } from "#lib/domain/events/hide.ts";
import { calendarWriter } from "#lib/ical/write-calendar.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event } from "#lib/model/event.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";

/** Events and series that are in memory at a time. */
const pageSize = 500;

/** A calendar as iCalendar text, piece by piece, its events in the order of their ids. */
export async function* calendarText(
  db: Connection,
  calendar: Calendar,
  onlooker: Onlooker,
  now: number,
): AsyncGenerator<string, void> {
  const { summary: name, description, timeZone: zone } = calendar;
  const writer = calendarWriter({ name, zone, ...(description && { description }) }, { now });
  const seen = (event: Event) => asSeenBy(onlooker, event);

  yield writer.head();
  for (let after = ""; ; ) {
    const page = await events.listStanding(db, calendar.id, after, pageSize);
    const masters = page.flatMap(({ id, recurrence }) => (recurrence ? [id] : []));
    const instances = masters.length > 0 ? await events.listInstances(db, calendar.id, masters) : [];
    // An instance without a place in its series is not there for others either.
    const shown = instances.flatMap(({ event, displaced }) => (displaced ? [] : [event]));
    const bySeries = Map.groupBy(shown, ({ recurringEventId }) => recurringEventId);
    yield page.map((event) => writer.series([event, ...(bySeries.get(event.id) ?? [])].map(seen))).join("");

    const last = page.at(-1);
    if (!last || page.length < pageSize) break;
    after = last.id;
  }
  yield writer.foot();
}

/** Writes a calendar as iCalendar text. Throws `notFound`. */
export const exportCalendar = async (ctx: Context, calendarId: string): Promise<string> => {
  const calendar = await requireRole(ctx, calendarId, "reader");
  const onlooker = { role: calendar.role, email: ctx.caller.email };
  const pieces: string[] = [];
  for await (const piece of calendarText(ctx.db, calendar, onlooker, ctx.now())) pieces.push(piece);
  return pieces.join("");
};
