import type { Context } from "#lib/context.ts";
import { calendarIdOf, requireRoleOn } from "#lib/domain/acl/require-role.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event } from "#lib/model/event.ts";
import * as events from "#lib/sql/events.ts";
import { findInstance } from "./find.ts";

/** Reads an event or an instance of a series, cancelled ones too. Throws `notFound`. */
export const getEvent = async (
  ctx: Context,
  { calendarId, eventId }: { readonly calendarId: string; readonly eventId: string },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> => {
  const found = await events.findWithCalendar(ctx.db, calendarIdOf(ctx, calendarId), eventId);
  const calendar = requireRoleOn(ctx, found.calendar, "reader");
  return { calendar, event: found.event ?? (await findInstance(ctx.db, calendar.id, eventId)) };
};
