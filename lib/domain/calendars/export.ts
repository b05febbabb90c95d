import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { asSeenBy } from "#lib/domain/events/hide.ts";
import { calendarWriter } from "#lib/ical/write-calendar.ts";
import type { Event } from "#lib/model/event.ts";
import * as events from "#lib/sql/events.ts";

/** Events and series that are in memory at a time. */
const pageSize = 500;

/** Writes a calendar as iCalendar text, its events in the order of their ids. Throws `notFound`. */
export const exportCalendar = async (ctx: Context, calendarId: string): Promise<string> => {
  const calendar = await requireRole(ctx, calendarId, "reader");
  const { summary: name, description, timeZone: zone } = calendar;
  const writer = calendarWriter({ name, zone, ...(description && { description }) }, { now: ctx.now() });

  const pieces = [writer.head()];
  for (let after = ""; ; ) {
    const page = await events.listStanding(ctx.db, calendar.id, after, pageSize);
    const masters = page.flatMap(({ id, recurrence }) => (recurrence ? [id] : []));
    const instances = masters.length > 0 ? await events.listInstances(ctx.db, calendar.id, masters) : [];
    // An instance without a place in its series is not there for others either.
    const shown = instances.flatMap(({ event, displaced }) => (displaced ? [] : [event]));
    const bySeries = Map.groupBy(shown, ({ recurringEventId }) => recurringEventId);
    const seen = (event: Event) => asSeenBy({ role: calendar.role, email: ctx.caller.email }, event);
    pieces.push(page.map((event) => writer.series([event, ...(bySeries.get(event.id) ?? [])].map(seen))).join(""));

    const last = page.at(-1);
    if (!last || page.length < pageSize) break;
    after = last.id;
  }
  return [...pieces, writer.foot()].join("");
};
