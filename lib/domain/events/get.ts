import type { Context } from "#lib/context.ts";
import { calendarIdOf, requireRoleOn } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Event } from "#lib/model/event.ts";
import * as events from "#lib/sql/events.ts";
import { findPlace } from "./find.ts";
import { asSeenBy } from "./hide.ts";

/** Reads an event or an instance of a series, cancelled ones too. Throws `notFound`. */
export const getEvent = async (
  ctx: Context,
  { calendarId, eventId }: { readonly calendarId: string; readonly eventId: string },
): Promise<{ readonly calendar: events.CalendarOfEvent; readonly event: Event }> => {
  const found = await events.findWithCalendar(ctx.db, calendarIdOf(ctx, calendarId), eventId, ctx.caller);
  const calendar = requireRoleOn(found.calendar, "freeBusyReader");
  const event = found.event ?? (await findPlace(ctx.db, calendar.id, eventId));
  if (!event) throw new Failure("notFound");
  return { calendar, event: asSeenBy({ role: calendar.role, email: ctx.caller.email }, event) };
};
