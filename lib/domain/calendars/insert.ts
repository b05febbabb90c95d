import { randomBytes } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, CalendarDraft } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";

/** Ids of secondary calendars look like addresses, as clients expect; the domain is reserved for private use. */
const newCalendarId = (): string => `c_${randomBytes(16).toString("hex")}@group.calendar-api.internal`;

/** Makes a secondary calendar that the caller owns. */
export const insertCalendar = async (ctx: Context, draft: CalendarDraft): Promise<Calendar> => {
  const ownerId = ctx.caller.userId;
  const calendar = await calendars.insert(ctx.db, { ...draft, id: newCalendarId(), ownerId, isPrimary: false }, ctx.now());
  if (!calendar) throw new Failure("duplicate");
  return calendar;
};
